import { newId } from '#libs/kernel';
import { TaskHost } from '../dispatch/task-host.js';
import type { LateResult } from '../ports/dispatch.js';
import { CAPABILITIES, type Capability } from '../ports/workers.js';
import type { InMemoryGoalStore } from './in-memory-goal-store.js';
import { type KitOptions, engineOver } from './kit.js';

interface HostOptions extends KitOptions {
  readonly capacity?: number;
  readonly needs?: readonly Capability[];
}

/** A worker that makes calls for the owners of goals, with tools of the test's own. It is started. */
export function hostOver(store: InMemoryGoalStore, options: HostOptions = {}) {
  const { deps, reports } = engineOver(store, options);
  const late: LateResult[] = [];
  const workerId = newId();
  const host = new TaskHost(
    { ...deps, workerId, store: store.dispatches, onLate: (result) => late.push(result) },
    store.dispatches,
    {
      capacity: options.capacity ?? 4,
      needs: options.needs ?? CAPABILITIES,
      leaseMs: options.leaseMs ?? 10_000,
      sweepMs: 100,
    },
  );
  host.start();
  const info = { id: workerId, capabilities: new Set(options.needs ?? CAPABILITIES), running: 0, goals: 0 };
  return { host, workerId, late, reports, info: { ...info, capacity: options.capacity ?? 4 } };
}
