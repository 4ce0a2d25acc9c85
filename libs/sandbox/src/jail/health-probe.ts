import type { ProviderHealth } from '../sandbox.port.js';

/** Milliseconds for which an answer holds. A missing program may be installed at any time; a jail that works stays. */
const GOOD_FOR_MS = 10 * 60_000;
const BAD_FOR_MS = 15_000;

/** Remembers what a costly check found, and lets all who ask at the same time share one check. */
export class HealthProbe {
  private answer: Promise<ProviderHealth> | undefined;
  private until = 0;

  constructor(private readonly check: () => Promise<ProviderHealth>) {}

  async ask(): Promise<ProviderHealth> {
    if (this.answer === undefined || performance.now() > this.until) {
      this.until = Infinity;
      this.answer = this.check();
    }
    const health = await this.answer;
    if (this.until === Infinity) this.until = performance.now() + (health.ok ? GOOD_FOR_MS : BAD_FOR_MS);
    return health;
  }
}
