import { type JournalEntry, isFinal, textOf } from './wire.ts';

/** Where a goal stands, put together from the rows of its journal. */
export class Progress {
  state = 'RECEIVED';
  readonly total: number;
  succeeded = 0;
  retries = 0;
  /** Approvals that nobody has decided yet. */
  readonly waitingFor = new Set<string>();
  private readonly failedTasks = new Set<string>();
  private paused = false;

  constructor(total: number) {
    this.total = total;
  }

  get failed(): number {
    return this.failedTasks.size;
  }

  get isOver(): boolean {
    return isFinal(this.state);
  }

  apply({ type, to, data }: JournalEntry): void {
    const approval = textOf(data?.['approval_id']);
    switch (type) {
      case 'goal.transition':
        this.enter(to ?? this.state);
        break;
      case 'task.completed':
        this.succeeded += 1;
        break;
      case 'task.failed':
        this.failedTasks.add(textOf(data?.['key']));
        break;
      case 'task.retried':
        this.retries += 1;
        break;
      case 'approval.required':
        this.waitingFor.add(approval);
        break;
      case 'approval.granted':
      case 'approval.refused':
      case 'approval.voided':
        this.waitingFor.delete(approval);
        break;
      case 'goal.paused':
      case 'goal.resumed':
        this.paused = type === 'goal.paused';
        break;
      default:
    }
  }

  /** What a person wants to know of the state, in a word or two. */
  get word(): string {
    if (this.waitingFor.size > 0) return 'waits for you';
    if (this.paused && !this.isOver) return 'paused';
    return WORDS[this.state] ?? this.state.toLowerCase().replaceAll('_', ' ');
  }

  private enter(state: string): void {
    this.state = state;
    // What failed before gets fresh attempts.
    if (state === 'REPLANNING') this.failedTasks.clear();
    if (this.isOver) this.waitingFor.clear();
  }
}

const WORDS: Readonly<Record<string, string>> = {
  RECEIVED: 'received',
  INTENT_ANALYSIS: 'planning',
  TASK_DECOMPOSITION: 'planning',
  AGENT_ASSIGNMENT: 'planning',
  EXECUTING: 'running',
  PARALLEL_EXECUTING: 'running',
  REPLANNING: 'trying again',
  VERIFYING: 'verifying',
  WRITING_MEMORY: 'finishing',
  REFLECTING: 'finishing',
};
