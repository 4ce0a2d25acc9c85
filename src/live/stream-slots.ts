import type { Principal } from '#libs/policy';
import { LIVE_ERRORS } from './live.errors.js';

/** How many streams are open, in all and by whom. A stream costs a socket and a page of rows: they are counted. */
export class StreamSlots {
  private readonly byPrincipal = new Map<string, number>();
  private taken = 0;

  constructor(
    private readonly limit: number,
    private readonly limitOfOne = Math.ceil(limit / 2),
  ) {}

  /** Takes a slot and gives what frees it again. Throws where none is left. */
  take({ kind, id }: Pick<Principal, 'kind' | 'id'>): () => void {
    const key = `${kind}:${id}`;
    const own = this.byPrincipal.get(key) ?? 0;
    if (own >= this.limitOfOne) {
      throw LIVE_ERRORS.make('too_many_live_streams', {
        detail: `This credential holds ${own} live streams already, which is its limit here. Close one first.`,
        extensions: { retry_after_seconds: 5 },
      });
    }
    if (this.taken >= this.limit) {
      throw LIVE_ERRORS.make('live_streams_exhausted', {
        detail: `All ${this.limit} live streams of this process are in use. Try again in a few seconds.`,
        extensions: { retry_after_seconds: 5 },
      });
    }
    this.taken += 1;
    this.byPrincipal.set(key, own + 1);
    return () => this.free(key);
  }

  private free(key: string): void {
    this.taken -= 1;
    const left = (this.byPrincipal.get(key) ?? 1) - 1;
    if (left > 0) this.byPrincipal.set(key, left);
    else this.byPrincipal.delete(key);
  }
}
