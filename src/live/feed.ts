import type { Permission } from '#libs/policy';
import type { Topic } from './topic.js';

/** What a stream gets by one look. */
export interface Batch {
  /** Ready to be sent, in order. */
  readonly frames: readonly string[];
  /**
   * `more`: look again at once; `waiting`: when the topic is woken; `soon`: something is there that cannot be read yet;
   * `over`: nothing will follow.
   */
  readonly next: 'more' | 'waiting' | 'soon' | 'over';
}

/** Rows that one look reads at the most: what a slow reader costs in memory. */
export const PAGE_ROWS = 100;

/** What one stream shows, and where it has got to. */
export interface Feed {
  /** What it follows, as the hub names it. */
  readonly topic: string;
  /**
   * Looks for what comes next and moves on behind it. Throws `not_found` where there is nothing to follow (any more).
   * The permissions are those of this moment.
   */
  read(topic: Topic, permissions: ReadonlySet<Permission>): Promise<Batch>;
}
