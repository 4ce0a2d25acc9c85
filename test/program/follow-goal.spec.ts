import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Api } from '../../scripts/cli/api.js';
import { followGoal } from '../../scripts/cli/events.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers: { close(): void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers each connection by the next of these, and the last one from then on. */
async function serve(...answers: Answer[]): Promise<{ api: Api; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.headers['last-event-id'] ?? ''));
    const answer = answers[Math.min(asked.length, answers.length) - 1];
    answer?.(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push({ close: () => (server.closeAllConnections(), server.close()) });
  return { api: new Api({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: 'k' }), asked };
}

function row(seq: number, to: string): string {
  const data = { seq, at: '', type: 'goal.transition', from: null, to, reason: null, data: null };
  return `id: ${seq}\nevent: goal.transition\ndata: ${JSON.stringify(data)}\n\n`;
}

async function follow(api: Api, signal = new AbortController().signal): Promise<number[]> {
  const seen: number[] = [];
  for await (const { seq } of followGoal(api, 'goal_1', signal)) seen.push(seq);
  return seen;
}

describe('following a goal', () => {
  it('goes on behind the last row when the connection breaks, and ends with the goal', async () => {
    const { api, asked } = await serve(
      (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`: open\n\n${row(1, 'EXECUTING')}${row(2, 'VERIFYING').slice(0, 20)}`, () => response.destroy());
      },
      (_, response) => response.end(`${row(2, 'VERIFYING')}${row(3, 'COMPLETED')}`),
    );
    expect(await follow(api)).toEqual([1, 2, 3]);
    expect(asked).toEqual(['', '1']);
  });

  it('waits for a server that is restarted', async () => {
    const { api, asked } = await serve(
      (_, response) => response.writeHead(500).end(),
      (_, response) => response.end(row(1, 'COMPLETED')),
    );
    expect(await follow(api)).toEqual([1]);
    expect(asked).toHaveLength(2);
  });

  it('is over at once where nothing follows, refused where the key is wrong, and ends when it is told to', async () => {
    const nothing = await serve((_, response) => response.writeHead(204).end());
    expect(await follow(nothing.api)).toEqual([]);
    const refusing = await serve((_, response) => {
      response.writeHead(401, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ title: 'No', status: 401, code: 'unauthenticated' }));
    });
    await expect(follow(refusing.api)).rejects.toMatchObject({ name: 'Refused', problem: { status: 401 } });
    const silent = await serve((_, response) => response.writeHead(200).flushHeaders());
    await expect(follow(silent.api, AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});
