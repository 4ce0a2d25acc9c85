import { describe, expect, it } from 'vitest';
import { BriefCache } from './brief-cache.js';

function setUp(maxEntries = 10) {
  const clock = { time: 0, monotonic: () => clock.time };
  const questions: string[] = [];
  const cache = new BriefCache<string>({ lifeMs: 500, maxEntries }, clock);
  const ask = (key: string, answer: Promise<string | undefined> = Promise.resolve(`${key}!`)) =>
    cache.get(key, () => {
      questions.push(key);
      return answer;
    });
  return { clock, questions, ask };
}

describe('a brief cache', () => {
  it('asks once while an answer is good, and again after that', async () => {
    const { clock, questions, ask } = setUp();
    expect(await ask('a')).toBe('a!');
    clock.time = 499;
    expect(await ask('a')).toBe('a!');
    expect(questions).toEqual(['a']);
    clock.time = 500;
    await ask('a');
    expect(questions).toEqual(['a', 'a']);
  });

  it('counts the life of an answer from the question, however long the answer takes', async () => {
    const { clock, questions, ask } = setUp();
    const slow = Promise.withResolvers<string>();
    const first = ask('a', slow.promise);
    clock.time = 600;
    slow.resolve('old');
    expect(await first).toBe('old');
    expect(await ask('a')).toBe('a!');
    expect(questions).toEqual(['a', 'a']);
  });

  it('lets those who ask at the same time share one question', async () => {
    const { questions, ask } = setUp();
    expect(await Promise.all([ask('a'), ask('a'), ask('b')])).toEqual(['a!', 'a!', 'b!']);
    expect(questions).toEqual(['a', 'b']);
  });

  it('remembers neither nothing nor errors', async () => {
    const { questions, ask } = setUp();
    expect(await ask('a', Promise.resolve(undefined))).toBeUndefined();
    await expect(ask('a', Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await ask('a')).toBe('a!');
    expect(questions).toEqual(['a', 'a', 'a']);
  });

  it('keeps no more than it may, and lets the oldest go', async () => {
    const { questions, ask } = setUp(2);
    for (const key of ['a', 'b', 'c']) await ask(key);
    await ask('b');
    expect(questions).toEqual(['a', 'b', 'c']);
    await ask('a');
    expect(questions).toEqual(['a', 'b', 'c', 'a']);
  });
});
