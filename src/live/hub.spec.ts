import { EVENT_CHANNEL, JOURNAL_CHANNEL, type Database } from '#libs/persistence';
import { newId } from '#libs/kernel';
import { createTestDatabase, runOnce, testServer } from '#libs/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveHub } from './hub.js';

let database: Database;
let hub: LiveHub;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

beforeEach(async () => {
  // The sweep would wake whom nobody else has woken.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  hub = new LiveHub(database.listener);
  await hub.onModuleInit();
});
afterEach(() => {
  hub.onApplicationShutdown();
  vi.useRealTimers();
});

async function notify(channel: string, payload: string): Promise<void> {
  await database.dataSource.query('select pg_notify($1, $2)', [channel, payload]);
}

/** Follows goals and tenants, and says which of them have been woken since. */
function followAll(names: readonly string[]) {
  const followed = names.map((name) => ({ name, topic: hub.follow(name).topic }));
  const start = followed.map(({ topic }) => topic.generation);
  return () => followed.filter(({ topic }, n) => topic.generation !== start[n]).map(({ name }) => name);
}

describe('LiveHub', () => {
  it('wakes those whom a notification names, and for * all of their kind [EVT-4]', async () => {
    const [one, two, three] = [newId(), newId(), newId()];
    const names = [`goal/${one}`, `goal/${two}`, `goal/${three}`, `tenant/${one}`];
    const byName = followAll(names);
    await notify(JOURNAL_CHANNEL, `${one},${newId()},${three}`);
    await expect.poll(byName).toEqual([names[0], names[2]]);
    const byEvent = followAll(names);
    await notify(EVENT_CHANNEL, one);
    await expect.poll(byEvent).toEqual([names[3]]);
    const byStar = followAll(names);
    await notify(JOURNAL_CHANNEL, '*');
    await expect.poll(byStar).toEqual(names.slice(0, 3));
  });

  it('wakes everybody when the listener has been away [EVT-4]', async () => {
    // A poll moves faked time on; the sweep that was set under it never comes now.
    vi.useRealTimers();
    const names = [`goal/${newId()}`, `tenant/${newId()}`];
    const woken = followAll(names);
    await runOnce(
      testServer().administratorUrl,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'agent-village test listener' and datname = $1`,
      [new URL(database.connection.url ?? '').pathname.slice(1)],
    );
    await expect.poll(woken, { timeout: 10_000 }).toEqual(names);
  });

  it('wakes everybody now and then, until it is shut down [EVT-4]', () => {
    const names = [`goal/${newId()}`, `tenant/${newId()}`];
    const woken = followAll(names);
    vi.advanceTimersByTime(5_000);
    expect(woken()).toEqual(names);
    const later = followAll(names);
    hub.onApplicationShutdown();
    vi.advanceTimersByTime(60_000);
    expect(later()).toEqual([]);
  });

  it('forgets a topic with its last follower [EVT-4]', () => {
    const name = `goal/${newId()}`;
    const [one, two] = [hub.follow(name), hub.follow(name)];
    expect(two.topic).toBe(one.topic);
    one.stop();
    expect(hub.size).toBe(1);
    two.stop();
    expect(hub.size).toBe(0);
  });
});
