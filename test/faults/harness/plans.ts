import type { Witness } from './witness.js';

/** A task as the API takes it. */
export interface PlannedTask {
  readonly id: string;
  readonly tool: string;
  readonly arguments: object;
  readonly depends_on: readonly string[];
  readonly retry: { readonly max_attempts: number };
}

export interface TaskOptions {
  readonly after?: readonly string[];
  readonly attempts?: number;
  /** How long the witness takes to answer, in milliseconds. */
  readonly hold?: number;
  /** How many requests it cuts off before it answers one. */
  readonly drop?: number;
  /** How many it leaves without an answer after those. */
  readonly mute?: number;
}

/** A task survives more kills than any test makes while it runs. */
const PATIENT = 20;

export function task(id: string, tool: string, given: object, { after = [], attempts = PATIENT }: TaskOptions = {}) {
  return { id, tool, arguments: given, depends_on: after, retry: { max_attempts: attempts } } satisfies PlannedTask;
}

export const sleepTask = (id: string, seconds: number, options?: TaskOptions): PlannedTask =>
  task(id, 'sleep', { seconds }, options);

/** Tasks whose effect the witness sees, each at a path of its own: `/<goal>/<task>`. */
export class VisiblePlan {
  constructor(
    private readonly witness: Witness,
    readonly name: string,
  ) {}

  pathOf(id: string): string {
    return `/${this.name}/${id}`;
  }

  /** Idempotent: made again, it leaves what it left before. */
  put(id: string, options: TaskOptions = {}): PlannedTask {
    return task(id, 'http_request', { method: 'PUT', url: this.url(id, options), body: { id } }, options);
  }

  /** Not idempotent. */
  post(id: string, options: TaskOptions = {}): PlannedTask {
    return task(id, 'http_post', { url: this.url(id, options), body: { id } }, options);
  }

  private url(id: string, { hold = 0, drop = 0, mute = 0 }: TaskOptions): string {
    return this.witness.url(`${this.pathOf(id)}?hold=${hold}&drop=${drop}&mute=${mute}`);
  }
}
