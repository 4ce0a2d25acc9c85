import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Place } from '../arena.js';
import type { Built } from '../built.js';
import { within } from '../measure.js';
import type { Contender } from './contender.js';
import { environmentOf } from './database.js';
import { readFirstRun } from './first-run.js';
import { GOAL } from './goal.js';

const START_MS = 30_000;
const BODY = JSON.stringify(GOAL);

/** The whole program in a process of its own: goals go in by POST over kept connections, their ends come by the tenant's stream. */
export async function openHttp({ main }: Built, place: Place): Promise<Contender> {
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production', ...environmentOf(place) };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever ends this process ends the program with it.
  process.once('exit', () => child.kill('SIGKILL'));
  try {
    await within(START_MS, 'the start of the program', untilReady(child));
    return await contend(child, place);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function untilReady(child: ChildProcess): Promise<void> {
  for await (const line of createInterface({ input: child.stdout! }))
    if (line.includes('is ready')) return void child.stdout!.resume();
  throw new Error('the program ended before it was ready');
}

async function contend(child: ChildProcess, place: Place): Promise<Contender> {
  const { url, api_key } = await readFirstRun(place.dataDir);
  const agent = new Agent({ keepAlive: true });
  const headers = { 'x-api-key': api_key };
  const send = async (method: string, path: string, body?: string): Promise<IncomingMessage> => {
    const sent = request(new URL(path, url), {
      method,
      agent,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return answer;
  };
  const stream = await send('GET', '/api/v1/events');
  if (stream.statusCode !== 200) throw new Error(`the stream of events answered ${stream.statusCode}`);
  const ends = new StreamedEnds();
  void ends.follow(stream);
  return {
    name: 'goal-10-http',
    place,
    run: async () => {
      const answer = await send('POST', '/api/v1/goals', BODY);
      const text = await textOf(answer);
      if (answer.statusCode !== 202) throw new Error(`a goal was answered ${answer.statusCode}: ${text}`);
      await ends.of((JSON.parse(text) as { id: string }).id);
    },
    verify: async () => {
      const answer = await send('GET', '/api/v1/goals?limit=200');
      const { data } = JSON.parse(await textOf(answer)) as { data: { state: string }[] };
      const bad = data.find(({ state }) => state !== 'COMPLETED');
      if (bad) throw new Error(`a goal has not ended well: ${bad.state}`);
    },
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      agent.destroy();
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const part of answer) text += part as string;
  return text;
}

/** The ends of goals in a tenant's stream. An end may be told before the answer to the submission has been read. */
class StreamedEnds {
  private readonly waiting = new Map<string, () => void>();
  private readonly early = new Set<string>();

  async of(goalId: string): Promise<void> {
    if (this.early.delete(goalId)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.waiting.set(goalId, resolve);
    await promise;
  }

  async follow(stream: IncomingMessage): Promise<void> {
    let type = '';
    try {
      for await (const line of createInterface({ input: stream })) {
        if (line.startsWith('event: ')) type = line.slice('event: '.length);
        else if (line.startsWith('data: ') && /^goal\.(completed|failed|cancelled)$/.test(type)) {
          this.end((JSON.parse(line.slice('data: '.length)) as { resource: { id: string } }).resource.id);
        }
      }
    } catch {
      // The stream is cut when the program is stopped.
    }
  }

  private end(goalId: string): void {
    const resolve = this.waiting.get(goalId);
    if (!resolve) this.early.add(goalId);
    this.waiting.delete(goalId);
    resolve?.();
  }
}
