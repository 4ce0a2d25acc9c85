import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { JOURNAL_CHANNEL } from '#libs/persistence';
import { newId } from '#libs/kernel';
import { GoalNews } from './goal-news.js';

const forever = { milliseconds: 20_000, signal: new AbortController().signal };

describe('news of a goal', () => {
  it('make whoever waits look again, whatever else is told; without any there is a look now and then [TOL-10]', async () => {
    const database = await createTestDatabase();
    const news = new GoalNews(database.listener);
    await database.listener.ready();
    const goal = newId();
    const tell = (payload: string) =>
      database.tenants.once(newId(), 'select pg_notify($1, $2)', [JOURNAL_CHANNEL, payload]);
    let looks = 0;
    const at = (wanted: number) => news.until(goal, async () => (++looks >= wanted ? looks : undefined), forever);
    const told = at(2);
    await tell(newId());
    await tell(`${newId()},${goal}`);
    expect(await told).toBe(2);
    const all = at(4);
    await tell('*');
    expect(await all).toBe(4);
    expect(await at(6)).toBe(6);
    news.onModuleDestroy();
    await database.close();
  });

  it('end with the time, and with the signal, after a last look [TOL-10]', async () => {
    const listener = { listen: () => () => undefined };
    const news = new GoalNews(listener);
    let looks = 0;
    const look = async (): Promise<undefined> => void (looks += 1);
    expect(await news.until('g', look, { ...forever, milliseconds: 50 })).toBeUndefined();
    expect(looks).toBeGreaterThan(1);
    looks = 0;
    const stopping = new AbortController();
    const stopped = news.until('g', look, { milliseconds: 20_000, signal: stopping.signal });
    stopping.abort();
    expect(await stopped).toBeUndefined();
    expect(looks).toBe(2);
  });

  it('end with the failure of a look [TOL-10]', async () => {
    const news = new GoalNews({ listen: () => () => undefined });
    const fail = async (): Promise<undefined> => {
      throw new Error('away');
    };
    await expect(news.until('g', fail, forever)).rejects.toThrow('away');
  });
});
