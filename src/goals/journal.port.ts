import { z } from 'zod';
import { formatTime, timeSchema } from '#libs/http';
import type { JsonObject } from '#libs/kernel';

/** A row of `goal_journal`. */
export interface JournalRow {
  readonly seq: number;
  readonly at: Date;
  readonly type: string;
  readonly from_state: string | null;
  readonly to_state: string | null;
  readonly actor: JsonObject;
  readonly reason: string | null;
  readonly data: JsonObject | null;
}

const anyObject = z.custom<JsonObject>(() => true).meta({ type: 'object', additionalProperties: true });

/** One step of a goal, in the journal and in its stream. */
export const journalEntrySchema = z
  .object({
    seq: z.int().meta({ description: 'Ascending without gaps within the goal.' }),
    at: timeSchema,
    type: z.string().meta({ examples: ['goal.transition', 'task.completed'] }),
    from: z.string().nullable(),
    to: z.string().nullable(),
    actor: anyObject,
    reason: z.string().nullable(),
    data: anyObject.nullable(),
  })
  .meta({ id: 'JournalEntry' });

export type JournalEntryView = z.output<typeof journalEntrySchema>;

export function journalView(row: JournalRow): JournalEntryView {
  return {
    seq: row.seq,
    at: formatTime(row.at),
    type: row.type,
    from: row.from_state,
    to: row.to_state,
    actor: row.actor,
    reason: row.reason,
    data: row.data,
  };
}
