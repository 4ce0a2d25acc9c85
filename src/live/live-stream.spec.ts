import { type Server, type ServerResponse, createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestStream } from '#libs/testing';
import { COMMON_ERRORS, newId } from '#libs/kernel';
import type { JournalPage } from '#libs/persistence';
import type { Principal } from '#libs/policy';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Batch, Feed } from './feed.js';
import { GoalFeed } from './goal-feed.js';
import { LiveStream } from './live-stream.js';
import { SseConnection } from './sse-connection.js';
import { Standing } from './standing.js';
import { Topic } from './topic.js';

const principal: Principal = {
  kind: 'api_key',
  id: newId(),
  publicId: 'ak_0123456789ab',
  tenantId: newId(),
  userId: null,
  name: 'test',
  roles: [],
  permissions: new Set(['goal:read']),
};

let server: Server;
let topic: Topic;
let feed: Feed;
let refused: boolean;
let time: number;
let response: ServerResponse | undefined;
let outcome: Promise<string> | undefined;
const sockets = new Set<Socket>();

beforeEach(async () => {
  topic = new Topic();
  refused = false;
  time = 0;
  [response, outcome] = [undefined, undefined];
  server = createServer((_request, answer) => {
    response = answer;
    outcome = serve(answer).then(
      () => 'ended',
      () => 'failed',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function serve(answer: ServerResponse): Promise<void> {
  const authenticator = { authenticate: async () => (refused ? undefined : principal) };
  const clock = { monotonic: () => performance.now() + time };
  const gate = { assertActive: async () => undefined };
  const source = { headers: {}, address: '' };
  const standing = new Standing({ authenticators: { all: [authenticator] }, gate, clock }, source, principal, []);
  const { generation } = topic;
  const first = await feed.read(topic, principal.permissions);
  const connection = new SseConnection(answer);
  connection.open({});
  await new LiveStream(feed, topic, connection, standing, clock).run(first, generation);
}

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** A journal of so many rows, made as they are asked for; counts the pages that were. */
function longJournal(rows: number, padding: number) {
  const asked = { pages: 0, buffered: 0 };
  const after = async (_tenant: string, _goal: string, seq: number, limit: number): Promise<JournalPage> => {
    asked.pages += 1;
    asked.buffered = Math.max(asked.buffered, response?.writableLength ?? 0);
    const count = Math.min(limit, rows - seq);
    const page = Array.from({ length: count }, (_, n) => ({
      seq: seq + n + 1,
      at: new Date(0),
      type: 'row',
      from_state: null,
      to_state: null,
      actor: {},
      reason: 'x'.repeat(padding),
      data: null,
    }));
    return { rows: page, lastSeq: rows, ended: true };
  };
  return {
    asked,
    feed: new GoalFeed({ after }, principal.tenantId, newId(), { path: '$header.Last-Event-ID', seq: 0 }),
  };
}

/** A feed that gives these, one after the other, and then waits. */
function scripted(...steps: readonly (Batch | Error)[]): Feed {
  const left = [...steps];
  return {
    topic: 'goal/x',
    read: async () => {
      const step = left.shift() ?? { frames: [], next: 'waiting' as const };
      if (step instanceof Error) throw step;
      return step;
    },
  };
}

function frame(n: number): Batch {
  return { frames: [`id: ${n}\nevent: row\ndata: {"n":${n}}\n\n`], next: 'waiting' };
}

/** Asks for the stream and takes nothing of the answer. */
async function stuckClient(): Promise<Socket> {
  const { hostname, port } = new URL(address());
  const socket = connect(Number(port), hostname);
  sockets.add(socket);
  socket.pause();
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await expect.poll(() => response).toBeDefined();
  return socket;
}

/** Waits until the number has not changed for a while. */
async function still(read: () => number): Promise<number> {
  for (let before = -1; ;) {
    const now = read();
    if (now === before && now > 0) return now;
    before = now;
    await sleep(250);
  }
}

describe('LiveStream', () => {
  it('holds little for a reader that takes nothing, and gives it all once it does [EVT-4]', async () => {
    const rows = 10_000;
    const journal = longJournal(rows, 4_000);
    feed = journal.feed;
    const socket = await stuckClient();
    const pages = await still(() => journal.asked.pages);
    // The kernel takes some megabytes for itself; of the journal's forty the rest is not even read.
    expect(pages).toBeLessThan(60);
    let largest = response!.writableLength;
    let received = 0;
    let last = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      largest = Math.max(largest, response!.writableLength);
      const whole = last + text;
      received += whole.split('\nevent: row\n').length - 1;
      last = whole.slice(whole.lastIndexOf('\nevent: row\n') + 1).slice(-64);
    });
    socket.resume();
    expect(await outcome).toBe('ended');
    await expect.poll(() => received, { timeout: 20_000 }).toBe(rows);
    expect(Math.max(largest, journal.asked.buffered)).toBeLessThan(256 * 1024);
  });

  it('cuts a reader off that takes nothing when its right is gone [EVT-4]', async () => {
    const journal = longJournal(10_000, 4_000);
    feed = journal.feed;
    await stuckClient();
    const pages = await still(() => journal.asked.pages);
    refused = true;
    expect(await outcome).toBe('ended');
    expect(response?.destroyed).toBe(true);
    expect(journal.asked.pages).toBeLessThanOrEqual(pages + 1);
  });

  it('beats every 15 seconds, whether or not there is something to tell [EVT-4]', async () => {
    feed = scripted(frame(1), frame(2), frame(3));
    const stream = await TestStream.open(address(), 'none');
    for (let n = 1; n <= 3; n++) {
      await stream.take(1);
      time += 15_000;
      topic.wake();
    }
    const quiet = stream.next();
    await expect.poll(() => stream.comments).toBe(1 + 3);
    time += 14_900;
    topic.wake();
    await expect.poll(() => stream.comments).toBe(1 + 4);
    stream.close();
    await quiet.catch(() => undefined);
    expect(await outcome).toBe('ended');
  });

  it('outlives a database that does not answer for a while [EVT-4]', async () => {
    const outage = COMMON_ERRORS.make('unavailable', 'gone');
    feed = scripted(frame(1), outage, outage, { ...frame(2), next: 'over' });
    const stream = await TestStream.open(address(), 'none');
    await stream.take(1);
    topic.wake();
    expect((await stream.rest()).map(({ id }) => id)).toEqual(['2']);
    expect(await outcome).toBe('ended');
  });

  it('sends nothing more once the right is gone, also when there is something at that moment [EVT-4]', async () => {
    feed = scripted(frame(1), frame(2));
    const stream = await TestStream.open(address(), 'none');
    await stream.take(1);
    refused = true;
    time += 1_000;
    topic.wake();
    expect(await stream.rest()).toEqual([]);
  });

  it('ends when what it follows has been deleted, and breaks when something fails [EVT-4]', async () => {
    feed = scripted(frame(1), COMMON_ERRORS.make('not_found', 'gone'));
    const deleted = await TestStream.open(address(), 'none');
    await deleted.take(1);
    topic.wake();
    expect(await deleted.rest()).toEqual([]);
    feed = scripted(frame(1), new Error('a defect'));
    const broken = await TestStream.open(address(), 'none');
    await broken.take(1);
    topic.wake();
    await broken.rest();
    expect(await outcome).toBe('failed');
  });

  it('frees everything when the client goes away [EVT-4]', async () => {
    feed = scripted(frame(1));
    const before = timers();
    const stream = await TestStream.open(address(), 'none');
    await stream.take(1);
    expect(timers()).toBeGreaterThan(before);
    stream.close();
    expect(await outcome).toBe('ended');
    await expect.poll(timers).toBeLessThanOrEqual(before);
    expect(topic.idle).toBe(true);
  });
});

function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}
