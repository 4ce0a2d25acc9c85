import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type TestClone, cloneTestDatabase, runOnce } from '#libs/testing';
import { NotificationListener } from './notification-listener.js';

let clone: TestClone;
let listener: NotificationListener;

beforeAll(async () => {
  clone = await cloneTestDatabase();
});

afterAll(async () => {
  await clone.drop();
});

beforeEach(async () => {
  listener = new NotificationListener(
    { url: clone.url, poolSize: 1, applicationName: 'test' },
    pino({ level: 'silent' }),
  );
  await listener.connect();
});

afterEach(async () => {
  await listener.close();
});

async function notify(channel: string, payload: string): Promise<void> {
  await runOnce(clone.url, 'select pg_notify($1, $2)', [channel, payload]);
}

async function listeningTo(): Promise<string[]> {
  const rows = await runOnce<{ query: string }>(
    clone.administratorUrl,
    `select query from pg_stat_activity where application_name = 'test listener' and datname = current_database()`,
  );
  return rows.map(({ query }) => query);
}

async function endSession(): Promise<void> {
  await runOnce(
    clone.administratorUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'test listener' and datname = current_database()`,
  );
}

describe('NotificationListener', () => {
  it('calls every handler of the channel and no other', async () => {
    const heard: string[] = [];
    listener.listen('goals', (payload) => void heard.push(`a ${payload}`));
    listener.listen('goals', (payload) => void heard.push(`b ${payload}`));
    listener.listen('others', () => void heard.push('wrong'));
    await listener.ready();
    await notify('goals', '1');
    await vi.waitFor(() => expect(heard).toEqual(['a 1', 'b 1']));
  });

  it('stops listening only when the last handler is gone', async () => {
    const heard: string[] = [];
    const stopFirst = listener.listen('goals', () => void heard.push('first'));
    const stopSecond = listener.listen('goals', () => void heard.push('second'));
    stopFirst();
    stopFirst();
    await listener.ready();
    await notify('goals', '');
    await vi.waitFor(() => expect(heard).toEqual(['second']));
    stopSecond();
    await listener.ready();
    expect(await listeningTo()).toEqual(['unlisten goals']);
  });

  it('goes on after a handler that throws or rejects', async () => {
    const heard: string[] = [];
    listener.listen('goals', () => {
      throw new Error('at once');
    });
    listener.listen('goals', () => Promise.reject(new Error('later')));
    listener.listen('goals', (payload) => void heard.push(payload));
    await listener.ready();
    await notify('goals', '1');
    await notify('goals', '2');
    await vi.waitFor(() => expect(heard).toEqual(['1', '2']));
  });

  it('listens again after its session was ended, and says that something may have been missed', async () => {
    const heard: string[] = [];
    const reconnected = vi.fn<() => void>();
    listener.listen('goals', (payload) => void heard.push(payload));
    listener.onReconnect(reconnected);
    await listener.ready();
    expect(reconnected).not.toHaveBeenCalled();
    await endSession();
    await vi.waitFor(() => expect(reconnected).toHaveBeenCalledTimes(1), 10_000);
    await notify('goals', 'after');
    await vi.waitFor(() => expect(heard).toEqual(['after']));
  });

  it('does not come back after it was closed', async () => {
    await listener.close();
    await vi.waitFor(async () => expect(await listeningTo()).toEqual([]));
  });

  it('refuses a name that could be SQL', () => {
    expect(() => listener.listen('goals; drop table goal', () => undefined)).toThrow(RangeError);
  });
});
