import { Inject, Injectable } from '@nestjs/common';
import { Drain, LOGGER, type Logger } from '#libs/context';
import { type HealthCheck, HealthChecks, Opening } from '#libs/http';
import { BriefCache, systemClock } from '#libs/kernel';
import { Readiness } from './readiness.port.js';

/** How one part of the installation does. */
export interface CheckResult {
  readonly name: string;
  readonly required: boolean;
  readonly works: boolean;
  /** How long the check took. */
  readonly milliseconds: number;
}

const TIME_LIMIT_MS = 2_000;
// The routes are public: however often they are asked, the parts are asked once a second.
const FRESH_MS = 1_000;

/** Runs the checks of all modules, side by side, each with a time limit. */
@Injectable()
export class HealthService extends Readiness {
  private readonly recent = new BriefCache<CheckResult[]>({ lifeMs: FRESH_MS, maxEntries: 1 }, systemClock);

  constructor(
    private readonly checks: HealthChecks,
    private readonly opening: Opening,
    private readonly drain: Drain,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    super();
  }

  /** What the program is doing instead of serving; undefined while it serves. */
  get interruption(): 'starting' | 'stopping' | undefined {
    if (this.drain.signal.aborted) return 'stopping';
    return this.opening.isOpen ? undefined : 'starting';
  }

  async results(): Promise<CheckResult[]> {
    const results = await this.recent.get('all', () =>
      Promise.all(this.checks.all.map((check) => runCheck(check, this.logger))),
    );
    return results ?? [];
  }

  async isReady(): Promise<boolean> {
    return !this.interruption && missingOf(await this.results()).length === 0;
  }
}

/** Names of the required parts that do not work. */
export function missingOf(results: readonly CheckResult[]): string[] {
  return results.filter((result) => result.required && !result.works).map((result) => result.name);
}

async function runCheck(check: HealthCheck, logger: Logger): Promise<CheckResult> {
  const { name, required } = check;
  const started = systemClock.monotonic();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${TIME_LIMIT_MS} ms`)), TIME_LIMIT_MS);
  let works = true;
  try {
    await Promise.race([check.run(), late]);
  } catch (error) {
    works = false;
    logger.warn({ err: error, check: name }, 'a health check failed');
  } finally {
    clearTimeout(timer);
  }
  return { name, required, works, milliseconds: Math.round((systemClock.monotonic() - started) * 10) / 10 };
}
