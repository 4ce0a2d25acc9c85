import type { Actor, Halt } from '../ports/goal.js';
import type { Failure } from '../ports/tools.js';

/** Why an owner must stop what it is doing, weakest first. */
export type Interrupt =
  /** Nothing new is started; what runs may end. */
  | { readonly kind: 'pause' }
  /** The process is stopping: the goal goes to whoever comes next. */
  | { readonly kind: 'handover' }
  /** A kill switch: what runs is stopped, and the goal waits until it is lifted. */
  | { readonly kind: 'halt'; readonly halt: Halt }
  /** A limit, the deadline or a violation. */
  | { readonly kind: 'abort'; readonly failure: Failure }
  | { readonly kind: 'cancel'; readonly by: Actor; readonly reason: string | null }
  /** Somebody else owns the goal now; nothing may be written any more. */
  | { readonly kind: 'lost' };

const STRENGTH: Record<Interrupt['kind'], number> = { pause: 1, handover: 2, halt: 3, abort: 4, cancel: 5, lost: 6 };

/** The one interrupt of a goal: a stronger one replaces a weaker one, and running tools are stopped where it asks for that. */
export class Interrupts {
  private present: Interrupt | undefined;
  private stopper = new AbortController();
  private readonly listeners = new Set<() => void>();

  get current(): Interrupt | undefined {
    return this.present;
  }

  /** Fires when running tools must end at once. */
  get signal(): AbortSignal {
    return this.stopper.signal;
  }

  raise(interrupt: Interrupt): void {
    if (this.present && STRENGTH[this.present.kind] >= STRENGTH[interrupt.kind]) return;
    this.present = interrupt;
    // A pause and a handover let what runs come to its end.
    if (STRENGTH[interrupt.kind] >= STRENGTH.halt) this.stopper.abort();
    this.tell();
  }

  /** Stops what runs now, though the interrupt itself would have let it end: the time for a handover is over. */
  stopRunning(): void {
    this.stopper.abort();
    this.tell();
  }

  /** Takes back a pause. */
  clearPause(): void {
    if (this.present?.kind !== 'pause') return;
    this.present = undefined;
    this.tell();
  }

  /** Calls `listener` when an interrupt is raised or a pause is taken back; gives the function that ends that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
