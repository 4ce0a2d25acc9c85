import type { Logger } from '#libs/context';
import type { Clock } from '#libs/kernel';
import { type Capability, CAPABILITIES, MACHINE_VERSION, type WorkerInfo } from '#libs/orchestration';
import type { WorkerRegistry, WorkerRow } from '#libs/persistence';
import { LiveWorkers } from './workers.port.js';

/** What is older is asked for anew. */
const FRESH_MS = 2_000;
/** What is older says nothing any more: nobody has asked for long. */
const USABLE_MS = 10_000;

const CAPABILITY_NAMES: ReadonlySet<string> = new Set(CAPABILITIES);

/**
 * The live workers as the database has them. Nobody waits for it: whoever asks gets what is known, and what is no
 * longer fresh is looked up meanwhile. A process that does not ask does not look.
 */
export class PgWorkerDirectory extends LiveWorkers {
  private workers: readonly WorkerInfo[] = [];
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly registry: Pick<WorkerRegistry, 'live'>,
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly logger: Logger,
  ) {
    super();
  }

  live(): readonly WorkerInfo[] {
    const age = this.clock.monotonic() - this.readAt;
    if (age > FRESH_MS) {
      this.reading ??= this.read().finally(() => {
        this.reading = undefined;
      });
    }
    return age > USABLE_MS ? [] : this.workers;
  }

  private async read(): Promise<void> {
    const asked = this.clock.monotonic();
    try {
      const rows = await this.registry.live();
      this.workers = rows.filter(understandsUs).map(infoOf);
      this.readAt = asked;
    } catch (error) {
      this.logger.warn({ err: error }, 'the workers could not be looked up; the next question tries again');
    }
  }
}

/** An older worker must not be given what this process writes. */
function understandsUs({ machine }: WorkerRow): boolean {
  return machine >= MACHINE_VERSION;
}

function infoOf({ id, capabilities, capacity, running, goals }: WorkerRow): WorkerInfo {
  return { id, capabilities: new Set(capabilities.filter(isCapability)), capacity, running, goals };
}

/** A newer version may have others. */
function isCapability(name: string): name is Capability {
  return CAPABILITY_NAMES.has(name);
}
