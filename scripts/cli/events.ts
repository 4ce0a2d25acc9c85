import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, Refused, Unreachable } from './api.ts';
import { type JournalEntry, isFinal } from './wire.ts';

/** Connections in a row that bring nothing, after which the server counts as gone. About half a minute. */
const GIVE_UP_AFTER = 10;
const LONGEST_PAUSE_MS = 5_000;

/**
 * The journal of a goal as it grows, by server-sent events, up to the goal's end. A connection that breaks is made
 * again behind the last row, so that none is missed or comes twice. Throws Refused, Unreachable, or the signal's reason.
 */
export async function* followGoal(api: Api, goalId: string, signal: AbortSignal): AsyncGenerator<JournalEntry> {
  let last = '';
  let ended = false;
  for (let failures = 0; !ended; failures += 1) {
    if (failures > 0) await sleep(Math.min(250 * 2 ** failures, LONGEST_PAUSE_MS), undefined, { signal });
    const answer = await connect(api, goalId, last, signal, failures);
    if (answer === undefined) continue;
    // Nothing follows what is known already.
    if (answer.status === 204) return;
    for await (const { id, data } of framesOf(answer, signal)) {
      const entry = JSON.parse(data) as JournalEntry;
      [last, failures] = [id, 0];
      ended = entry.type === 'goal.transition' && isFinal(entry.to ?? '') ? true : ended;
      yield entry;
    }
  }
}

async function connect(
  api: Api,
  goalId: string,
  last: string,
  signal: AbortSignal,
  failures: number,
): Promise<Response | undefined> {
  const headers = { accept: 'text/event-stream', ...(last !== '' && { 'last-event-id': last }) };
  try {
    return await api.send('GET', `/api/v1/goals/${goalId}/events`, { headers, signal });
  } catch (error) {
    const isPassing = error instanceof Unreachable || (error instanceof Refused && error.problem.status >= 500);
    if (!isPassing || failures >= GIVE_UP_AFTER) throw error;
    return undefined;
  }
}

interface Frame {
  readonly id: string;
  readonly data: string;
}

/** The events of one connection (WHATWG HTML, 9.2.6, as far as our server writes it). A cut connection just ends. */
async function* framesOf(answer: Response, signal: AbortSignal): AsyncGenerator<Frame> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of answer.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const frame = frameOf(block);
        if (frame) yield frame;
      }
    }
  } catch {
    signal.throwIfAborted();
  }
}

function frameOf(block: string): Frame | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  const data = fields.get('data');
  return data === undefined ? undefined : { id: fields.get('id') ?? '', data };
}
