import { COMMON_ERRORS, type DomainError, type JsonObject } from '#libs/kernel';
import { z } from 'zod';
import { formatTime, timeSchema } from './formats.js';

const json = z
  .custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))
  .meta({ type: 'object', additionalProperties: true });

/** One row of a goal's journal, in its list and in its live stream. */
export const journalEntrySchema = z
  .object({
    seq: z.int().min(1).meta({ description: 'Number of the row in its goal: ascending, without gaps.' }),
    at: timeSchema,
    type: z.string().meta({ description: 'What happened.', examples: ['goal.transition', 'task.completed'] }),
    from: z
      .string()
      .nullable()
      .meta({ description: 'Of a transition: the state before.', examples: ['REFLECTING'] }),
    to: z
      .string()
      .nullable()
      .meta({ description: 'Of a transition: the state after.', examples: ['COMPLETED'] }),
    actor: json.meta({ description: 'Who did it: `kind`, `id`, `name`.' }),
    reason: z.string().nullable(),
    data: json.nullable().meta({ description: 'More about it, by type.' }),
  })
  .meta({ id: 'JournalEntry', description: 'Something that happened to a goal.' });

export type JournalEntryView = z.output<typeof journalEntrySchema>;

/** What a stored row has, whoever read it. */
export interface JournalEntrySource {
  readonly seq: number;
  readonly at: Date;
  readonly type: string;
  readonly from_state: string | null;
  readonly to_state: string | null;
  readonly actor: JsonObject;
  readonly reason: string | null;
  readonly data: JsonObject | null;
}

/** The row as it goes out. */
export function journalView(row: JournalEntrySource): JournalEntryView {
  const { seq, type, actor, reason, data } = row;
  return { seq, at: formatTime(row.at), type, from: row.from_state, to: row.to_state, actor, reason, data };
}

/** The number of a row that a journal does not have; the answer names those that it has. */
export function noSuchRow(path: string, seq: number | undefined, last: number): DomainError {
  const message = `There is no row ${seq}: the journal has the rows 1 to ${last}.`;
  return COMMON_ERRORS.make('invalid_input', { detail: `${path}: ${message}`, issues: [{ path, message }] });
}
