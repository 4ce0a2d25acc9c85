/** What the benchmark asks of a peer's process. */
export type Order =
  | { readonly kind: 'run'; readonly times: number; readonly lanes: number }
  | { readonly kind: 'ended' };

/** What the peer's process tells. */
export type Answer =
  | { readonly kind: 'ready' }
  /** Of each goal, in milliseconds. */
  | { readonly kind: 'durations'; readonly durations: readonly number[] }
  | { readonly kind: 'ended'; readonly goals: number }
  | { readonly kind: 'failed'; readonly message: string };
