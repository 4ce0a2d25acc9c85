import { COMMON_ERRORS, Turns } from '#libs/kernel';

/** Journals in memory at a time, of replays and forks in this process; one tenant leaves half of them to the others. */
const LIMITS = { atOnce: 4, ofOneKey: 2 };

/** How long a request waits for its turn. Milliseconds. */
const PATIENCE_MS = 10_000;

/** Lets few requests hold the past of a goal in memory at a time: each may be tens of megabytes. */
export class PastReads {
  private readonly turns = new Turns(LIMITS);

  constructor(private readonly patienceMs = PATIENCE_MS) {}

  /** Does the work in its turn; what it has read is to be let go with it. Throws `unavailable` when no turn comes in time. */
  async run<Result>(tenantId: string, work: () => Promise<Result>): Promise<Result> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(busy()), this.patienceMs);
    return this.turns.run(tenantId, patience.signal, () => {
      clearTimeout(timer);
      return work();
    });
  }
}

function busy() {
  return COMMON_ERRORS.make(
    'unavailable',
    'Too many journals are being read for replays and forks. Send the request again after `Retry-After`.',
  );
}
