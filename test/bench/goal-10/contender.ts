import type { Place } from '../arena.js';

/** Somebody who carries goal-10 from nothing to its recorded end. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  readonly place: Place;
  /** One goal; resolves when its end is stored and known. */
  run(): Promise<void>;
  /** Throws unless every goal so far has really ended well. */
  verify(): Promise<void>;
}
