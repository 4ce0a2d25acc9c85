import { hostname } from 'node:os';
import type { Settings } from '#libs/config';
import { PRODUCT } from '#libs/http';
import { newId } from '#libs/kernel';
import { type Capability, MACHINE_VERSION } from '#libs/orchestration';
import type { WorkerBeat } from '#libs/persistence';
import { OwnWorker } from './workers.port.js';

type WorkerSettings = Pick<Settings, 'role' | 'workerName' | 'workerCapabilities' | 'workerCapacity' | 'leaseSeconds'>;

/** What this process says of itself. */
export class ThisWorker extends OwnWorker {
  readonly id = newId();
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly capacity: number;
  /** It takes nothing new any more. */
  draining = false;
  private goals: () => number = none;
  private tasks: () => number = none;

  constructor(private readonly settings: WorkerSettings) {
    super();
    this.name = settings.workerName ?? `${hostname()}:${process.pid}`;
    this.capabilities = new Set(settings.workerCapabilities);
    this.capacity = settings.workerCapacity;
  }

  /** Milliseconds of silence after which others may take over what it holds. */
  get leaseMs(): number {
    return this.settings.leaseSeconds * 1000;
  }

  countGoals(count: () => number): void {
    this.goals = count;
  }

  countTasks(count: () => number): void {
    this.tasks = count;
  }

  beat(): WorkerBeat {
    return {
      id: this.id,
      name: this.name,
      version: PRODUCT.version,
      machine: MACHINE_VERSION,
      role: this.settings.role,
      capabilities: [...this.capabilities],
      capacity: this.capacity,
      running: this.tasks(),
      goals: this.goals(),
      draining: this.draining,
      leaseMs: this.leaseMs,
    };
  }
}

function none(): number {
  return 0;
}
