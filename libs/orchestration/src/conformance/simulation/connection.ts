import { COMMON_ERRORS, type Clock, systemClock } from '#libs/kernel';
import type { InMemoryGoalStore } from '../in-memory-goal-store.js';
import { type Process, inProcess, pause } from './virtual-time.js';

/** What may happen to one request to the store. */
export type Fault =
  | { readonly kind: 'none' }
  /** It takes so long to arrive. */
  | { readonly kind: 'slow request'; readonly ms: number }
  /** It is done at once, and the answer takes so long. */
  | { readonly kind: 'slow answer'; readonly ms: number }
  /** It never arrives, and the caller is told `unavailable`. */
  | { readonly kind: 'refused' }
  /** It is done, and the caller is told `unavailable`. */
  | { readonly kind: 'answer lost' }
  /** The caller is told `unavailable`, and it is done so much later. */
  | { readonly kind: 'done later'; readonly ms: number };

/**
 * One process's way to the store, which is bad for its first requests and good afterwards. The process can die, and it
 * can stand still like one under SIGSTOP: then nothing reaches it or leaves it until it goes on.
 */
export class Connection implements Process {
  /** The store as the process sees it: whatever a store can be asked, now or in a later version, goes through here. */
  readonly seen: InMemoryGoalStore;
  /** The same for calls that are handed to other workers. */
  readonly dispatches: InMemoryGoalStore['dispatches'];
  private readonly faults: Fault[];
  private readonly listeners: (() => void)[] = [];
  private readonly overdue = new Set<() => void>();
  private isDead = false;
  /** Whether its clock has ever stood still: then it may hold a lease to be good that is over. */
  wasAsleep = false;
  private thaw: Promise<void> | undefined;
  private asleepSince: number | undefined;
  private slept = 0;

  constructor(
    store: InMemoryGoalStore,
    faults: readonly Fault[],
    /** Whether every hint is lost. */
    private readonly isDeaf: boolean,
  ) {
    this.faults = [...faults];
    this.seen = this.through(store);
    this.dispatches = this.through(store.dispatches);
  }

  /** The clock of the process. It stands still while the process does, where the machine itself was asleep. */
  readonly clock: Clock = {
    now: () => systemClock.now(),
    monotonic: () => (this.asleepSince ?? systemClock.monotonic()) - this.slept,
  };

  get dead(): boolean {
    return this.isDead;
  }

  /** kill -9. */
  die(): void {
    this.isDead = true;
    for (const stop of this.listeners) stop();
  }

  /** SIGSTOP and, so much later, SIGCONT. With `clockStands` its clock knows nothing of it, as after a machine slept. */
  freeze(milliseconds: number, clockStands: boolean): void {
    if (this.thaw) return;
    const since = systemClock.monotonic();
    if (clockStands) {
      this.wasAsleep = true;
      this.asleepSince = since;
    }
    this.thaw = this.goOnAfter(milliseconds, clockStands ? since : undefined);
  }

  private async goOnAfter(milliseconds: number, asleepSince: number | undefined): Promise<void> {
    await pause(milliseconds);
    this.thaw = undefined;
    if (asleepSince !== undefined) {
      this.asleepSince = undefined;
      this.slept += systemClock.monotonic() - asleepSince;
    }
    // What has come from outside is looked at first, and timers afterwards: so does Node.
    setTimeout(() => this.catchUp(), 0);
  }

  /** Runs what belongs to the process: its timers stand still and end with it. */
  within<T>(body: () => T): T {
    return inProcess(this, body);
  }

  /** Calls what a timer of the process was set for: at once, when it goes on, or never. */
  fire(callback: () => void): void {
    if (this.isDead) return;
    if (this.thaw) this.overdue.add(callback);
    else callback();
  }

  private catchUp(): void {
    const due = [...this.overdue];
    this.overdue.clear();
    for (const callback of due) this.fire(callback);
  }

  /** Never comes back in a process that is dead, and not before it goes on in one that stands still. */
  async alive(): Promise<void> {
    while (this.thaw) await this.thaw;
    if (this.isDead) await new Promise<never>(() => undefined);
  }

  private through<T extends object>(part: T): T {
    return new Proxy(part, { get: (target, name) => this.methodOf(target, name) });
  }

  private methodOf(store: object, name: string | symbol): unknown {
    const method: unknown = Reflect.get(store, name);
    if (typeof method !== 'function') return method;
    const call = (...given: unknown[]): unknown => Reflect.apply(method, store, given);
    if (typeof name === 'string' && /^on[A-Z]/.test(name)) {
      return (listener: (...told: unknown[]) => void) =>
        this.hear((tell) => call((...told: unknown[]) => tell(() => listener(...told))));
    }
    // What the gate asks is answered from a cache.
    return name === 'haltOf' ? call : (...given: unknown[]) => this.request(async () => call(...given));
  }

  private hear(subscribe: (tell: (listener: () => void) => void) => unknown): () => void {
    if (this.isDeaf) return () => undefined;
    const stop = subscribe((listener) => void this.within(() => this.alive().then(listener)));
    const end = (): void => {
      if (typeof stop === 'function') Reflect.apply(stop, undefined, []);
    };
    this.listeners.push(end);
    return end;
  }

  private async request<T>(perform: () => Promise<T>): Promise<T> {
    await this.alive();
    try {
      return await this.suffer(this.faults.shift() ?? { kind: 'none' }, perform);
    } finally {
      await this.alive();
    }
  }

  private async suffer<T>(fault: Fault, perform: () => Promise<T>): Promise<T> {
    switch (fault.kind) {
      case 'none':
        return perform();
      case 'slow request':
        await pause(fault.ms);
        return perform();
      case 'slow answer':
        try {
          return await perform();
        } finally {
          await pause(fault.ms);
        }
      case 'refused':
        break;
      case 'answer lost':
        await perform();
        break;
      case 'done later':
        // Whatever it says then is heard by nobody.
        void pause(fault.ms)
          .then(perform)
          .catch(() => undefined);
    }
    throw COMMON_ERRORS.make('unavailable', 'The store did not answer.');
  }
}
