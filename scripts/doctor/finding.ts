/** What the doctor says of one thing. */
export interface Finding {
  readonly name: string;
  /** present: fine. absent: something optional is not there. missing: the program cannot start. */
  readonly state: 'present' | 'absent' | 'missing';
  readonly detail: string;
  /** What to do, where there is something to do. */
  readonly remedy?: string;
}

const SIGNS = { present: '✓', absent: '–', missing: '✗' } as const;

/** One line for each finding, aligned, with the remedy below. */
export function describeFinding({ name, state, detail, remedy }: Finding): string {
  const line = `${SIGNS[state]} ${name.padEnd(20)} ${detail}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(23)}→ ${remedy}`;
}

/** The message of whatever was thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message || String(error) : String(error);
  return text.split('\n')[0] ?? '';
}
