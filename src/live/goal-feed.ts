import { COMMON_ERRORS } from '#libs/kernel';
import { journalView, noSuchRow } from '#libs/http';
import type { JournalReader } from '#libs/persistence';
import { type Batch, type Feed, PAGE_ROWS } from './feed.js';
import type { GivenRow } from './resume.js';
import { eventFrame } from './sse.js';
import type { Topic } from './topic.js';

/** The journal of a goal, row by row, up to the goal's end. */
export class GoalFeed implements Feed {
  readonly topic: string;
  private seq: number;

  constructor(
    private readonly journal: Pick<JournalReader, 'after'>,
    private readonly tenantId: string,
    private readonly goalId: string,
    /** The last row that the reader has. */
    private readonly after: GivenRow,
  ) {
    this.topic = `goal/${goalId}`;
    this.seq = after.seq;
  }

  async read(topic: Topic): Promise<Batch> {
    const { tenantId, goalId, seq } = this;
    // Nobody follows another tenant's goal, but whoever tries asks under this key too: hence the tenant in it.
    const page = await topic.share(`${tenantId}/${seq}`, () => this.journal.after(tenantId, goalId, seq, PAGE_ROWS));
    if (!page) throw COMMON_ERRORS.make('not_found', 'There is no such goal.');
    if (seq > page.lastSeq) throw noSuchRow(this.after.path, seq, page.lastSeq);
    this.seq = page.rows.at(-1)?.seq ?? seq;
    return {
      frames: page.rows.map((row) => eventFrame(String(row.seq), row.type, journalView(row))),
      next: nextOf(this.seq < page.lastSeq, page.ended),
    };
  }
}

// The end is the goal's state and not a row, so that rows which follow the last transition are sent as well.
function nextOf(isMore: boolean, ended: boolean): Batch['next'] {
  if (isMore) return 'more';
  return ended ? 'over' : 'waiting';
}
