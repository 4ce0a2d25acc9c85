import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page, Problem } from './wire.ts';

export interface Connection {
  /** Where the server is reached, without a slash at the end. */
  readonly url: string;
  readonly key: string;
}

/** The server said no, and why. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** Nobody answers at the address. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

interface Sending {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** How often a request is sent that the server has no room for, or that got lost on the way. */
const ATTEMPTS = 4;
const LONGEST_WAIT_S = 15;

/** The HTTP API with one key. What creates something carries an idempotency key, so that it can be sent again safely. */
export class Api {
  readonly url: string;
  private readonly key: string;

  constructor({ url, key }: Connection) {
    this.url = url.replace(/\/+$/, '');
    this.key = key;
  }

  async get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
    const answer = await this.send('GET', path, signal ? { signal } : {});
    return (await answer.json()) as Answer;
  }

  async post<Answer>(path: string, body: object = {}): Promise<Answer> {
    const answer = await this.send('POST', path, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    });
    return (await answer.json()) as Answer;
  }

  /** Uploads a file and gives its id. */
  async upload(name: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
    const answer = await this.send('POST', `/api/v1/files?name=${encodeURIComponent(name)}`, {
      body: content,
      headers: { 'content-type': 'application/octet-stream', 'idempotency-key': randomUUID() },
    });
    return ((await answer.json()) as { id: string }).id;
  }

  async download(path: string): Promise<Buffer> {
    return Buffer.from(await (await this.send('GET', path)).arrayBuffer());
  }

  /** All pages of a list. */
  async all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page<Item> = await this.get(`${path}?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`);
      items.push(...page.data);
      cursor = page.next_cursor;
    }
    return items;
  }

  /** The answer as it comes, for streams. Throws Refused or Unreachable. */
  async send(method: string, path: string, { body, headers = {}, signal }: Sending = {}): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.once(method, path, {
        ...(body !== undefined && { body }),
        headers,
        ...(signal && { signal }),
      });
      if (answer.ok) return answer;
      const wait = Math.min(Number(answer.headers.get('retry-after') ?? 1) || 1, LONGEST_WAIT_S);
      if (attempt === ATTEMPTS || (answer.status !== 429 && answer.status !== 503)) throw await refusal(answer);
      await answer.body?.cancel();
      await sleep(wait * 1000, undefined, signal ? { signal } : {});
    }
  }

  private async once(method: string, path: string, sending: Sending): Promise<Response> {
    const { headers, ...rest } = sending;
    try {
      return await fetch(`${this.url}${path}`, { method, headers: { ...headers, 'x-api-key': this.key }, ...rest });
    } catch (error) {
      sending.signal?.throwIfAborted();
      throw new Unreachable(`Nobody answers at ${this.url} (${reasonOf(error)}).`, { cause: error });
    }
  }
}

async function refusal(answer: Response): Promise<Refused> {
  const text = await answer.text();
  const isProblem = /\bjson\b/.test(answer.headers.get('content-type') ?? '');
  const title = answer.statusText || 'No answer that could be understood';
  return new Refused(isProblem ? (JSON.parse(text) as Problem) : { title, status: answer.status });
}

/** fetch only says that it failed; what happened is in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
