import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Injectable, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Answers, Idempotency, Idempotent, RawUpload, Requires, idempotentResourceId } from '#libs/http';
import { COMMON_ERRORS } from '#libs/kernel';
import { TestClient } from '#libs/testing';
import { type TestEdge, startEdge } from './edge-server.js';

const input = z.strictObject({ name: z.string(), delay: z.int().optional(), refuse: z.string().optional() });
const query = z.strictObject({ x: z.string().optional() });
const made: { id: string; name: string }[] = [];
let broken = false;

@Injectable()
@Controller('made')
class MakingController {
  constructor(private readonly idempotency: Idempotency) {}

  @Post()
  @Requires('goal:create')
  @Idempotent()
  @Answers(202, undefined, { description: 'Made.' })
  async make(
    @Body({ schema: input }) body: z.output<typeof input>,
    @Query({ schema: query }) _query: z.output<typeof query>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (body.delay) await sleep(body.delay);
    if (broken) throw new Error('broken');
    if (body.refuse) throw COMMON_ERRORS.make('not_found', 'There is no such thing.');
    return this.add(body.name, reply);
  }

  @Post('upload')
  @Requires('goal:create')
  @Idempotent()
  @RawUpload()
  async upload(
    @Body() stream: Readable,
    @Query('name') name: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const hash = createHash('sha256');
    for await (const chunk of stream) hash.update(chunk as Buffer);
    return this.idempotency.run(hash.digest('hex'), async () => this.add(name, reply));
  }

  private add(name: string, reply: FastifyReply) {
    const id = idempotentResourceId();
    made.push({ id, name });
    reply.header('location', `/made/${id}`);
    return { id, name };
  }
}

let edge: TestEdge;
let key: string;
let client: TestClient;
beforeAll(async () => {
  edge = await startEdge([MakingController]);
  key = await edge.issueKey();
  client = new TestClient(edge.url, key);
});
afterAll(() => edge.close());

const post = (idempotencyKey: string | undefined, body: object, as = client) =>
  as.post('/made', body, { headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey } });
const count = (name: string): number => made.filter((thing) => thing.name === name).length;

/** Moves a key's times into the past, as if they had gone by. */
async function age(idempotencyKey: string, interval: string): Promise<void> {
  await edge.database.tenants.once(
    edge.tenant.id,
    `update idempotency_key set locked_until = locked_until - $2::interval, expires_at = expires_at - $2::interval where key = $1`,
    [idempotencyKey, interval],
  );
}

describe('an idempotency key', () => {
  it('gets the same answer again, with status, location and body', async () => {
    const first = await post('same', { name: 'same' });
    const second = await post('same', { name: 'same' });
    expect(first.status).toBe(202);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect([second.status, second.body, second.headers.get('location')]).toEqual([
      first.status,
      first.body,
      first.headers.get('location'),
    ]);
    expect(second.headers.get('content-type')).toBe(first.headers.get('content-type'));
    expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    expect(count('same')).toBe(1);
  });

  it('makes one thing of 20 requests at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('many', { name: 'many', delay: 300 })));
    expect(count('many')).toBe(1);
    const replayed = answers.filter((answer) => answer.headers.has('idempotent-replayed'));
    const refusals = answers.filter((answer) => answer.status === 409);
    expect(replayed.length + refusals.length).toBe(19);
    expect(refusals.length).toBeGreaterThan(0);
    for (const refused of refusals) {
      expect(refused.body).toMatchObject({ code: 'idempotency_in_progress' });
      expect(refused.headers.get('retry-after')).toBe('1');
    }
    expect((await post('many', { name: 'many', delay: 300 })).headers.get('idempotent-replayed')).toBe('true');
  });

  it('is refused with another body, path or query', async () => {
    await post('once', { name: 'once' });
    expect((await post('once', { name: 'twice' })).body).toMatchObject({ status: 409, code: 'idempotency_conflict' });
    const elsewhere = await client.post('/made?x=1', { name: 'once' }, { headers: { 'idempotency-key': 'once' } });
    expect(elsewhere.body).toMatchObject({ code: 'idempotency_conflict' });
    expect(count('twice')).toBe(0);
  });

  it('belongs to its principal', async () => {
    const other = await edge.signIn();
    const mine = await post('shared', { name: 'mine' });
    const theirs = await post('shared', { name: 'theirs' }, other);
    expect(mine.body['id']).not.toBe(theirs.body['id']);
    expect(theirs.status).toBe(202);
  });

  it('keeps refusals, but not errors of ours', async () => {
    const refused = await post('refused', { name: 'refused', refuse: 'yes' });
    const again = await post('refused', { name: 'refused', refuse: 'yes' });
    expect(again.body).toEqual(refused.body);
    expect(again.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    broken = true;
    expect((await post('broken', { name: 'broken' })).status).toBe(500);
    broken = false;
    expect((await post('broken', { name: 'broken' })).status).toBe(202);
    expect(count('broken')).toBe(1);
  });

  it('of a request that ended in an error of ours has its id again, and is free for another request', async () => {
    const idOf = async () => {
      const rows = await edge.database.tenants.once<{ id: string }>(
        edge.tenant.id,
        `select resource_id as id from idempotency_key where key = 'unsure'`,
      );
      return rows[0]?.id;
    };
    broken = true;
    await post('unsure', { name: 'unsure' });
    const id = await idOf();
    await post('unsure', { name: 'unsure' });
    expect(await idOf()).toBe(id);
    broken = false;
    expect((await post('unsure', { name: 'sure' })).status).toBe(202);
    expect(await idOf()).not.toBe(id);
    expect(count('sure')).toBe(1);
  });

  it('of a request that broke off is taken over after 60 seconds, with the id that it had', async () => {
    const reserve = post('crash', { name: 'crash', delay: 500 });
    await sleep(100);
    expect((await post('crash', { name: 'crash', delay: 500 })).body).toMatchObject({
      code: 'idempotency_in_progress',
    });
    await age('crash', '60 seconds');
    const [late, second] = await Promise.all([reserve, post('crash', { name: 'crash', delay: 500 })]);
    expect(second.status).toBe(202);
    expect(second.body['id']).toBe(late.body['id']);
    expect((await post('crash', { name: 'crash', delay: 500 })).body).toEqual(second.body);
  });

  it('is forgotten after 24 hours, and removed when later answers are kept', async () => {
    const first = await post('old', { name: 'old' });
    await age('old', '25 hours');
    const second = await post('old', { name: 'new' });
    expect(second.status).toBe(202);
    expect(second.body['id']).not.toBe(first.body['id']);
    await age('old', '25 hours');
    await post('sweeper', { name: 'sweeper' });
    const left = await edge.database.tenants.once(edge.tenant.id, `select key from idempotency_key where key = 'old'`);
    expect(left).toEqual([]);
  });

  it('answers a caller who has gone, when it comes back', async () => {
    const gone = new AbortController();
    const first = fetch(`${edge.url}/made`, {
      method: 'POST',
      signal: gone.signal,
      headers: { 'x-api-key': key, 'content-type': 'application/json', 'idempotency-key': 'gone' },
      body: JSON.stringify({ name: 'gone', delay: 200 }),
    }).catch(() => undefined);
    await sleep(100);
    gone.abort();
    await first;
    await expect.poll(async () => (await post('gone', { name: 'gone', delay: 200 })).status).toBe(202);
    expect(count('gone')).toBe(1);
  });

  it.each(['', 'ü', 'x'.repeat(256)])('is refused when it is "%s"', async (text) => {
    const header = Buffer.from(text).toString('latin1');
    const answer = await post(header, { name: 'bad' });
    expect(answer.body).toMatchObject({ status: 400, errors: [{ path: '$header.Idempotency-Key' }] });
    expect(count('bad')).toBe(0);
  });

  it('is not needed', async () => {
    const [first, second] = [await post(undefined, { name: 'free' }), await post(undefined, { name: 'free' })];
    expect(first.body['id']).not.toBe(second.body['id']);
  });
});

describe('an upload with an idempotency key', () => {
  const upload = async (name: string, idempotencyKey: string, content: string) => {
    const answer = await fetch(`${edge.url}/made/upload?name=${name}`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
      body: content,
    });
    return { answer, body: (await answer.json()) as Record<string, unknown> };
  };

  it('is compared once it has been read', async () => {
    const first = await upload('file', 'upload', 'content');
    const second = await upload('file', 'upload', 'content');
    expect(first.answer.status).toBe(201);
    expect(second.answer.headers.get('idempotent-replayed')).toBe('true');
    expect(second.answer.headers.get('location')).toBe(first.answer.headers.get('location'));
    expect(second.body).toEqual(first.body);
    expect(count('file')).toBe(1);
    expect((await upload('file', 'upload', 'other')).body).toMatchObject({ code: 'idempotency_conflict' });
  });
});
