import { describe, expect, it } from 'vitest';
import { Topic } from './topic.js';

const never = new AbortController().signal;

describe('Topic', () => {
  it('wakes who waits, and does not let wait who slept through it [EVT-4]', async () => {
    const topic = new Topic();
    const seen = topic.generation;
    const waiting = topic.changed(seen, 60_000, never);
    topic.wake();
    await waiting;
    await topic.changed(seen, 60_000, never);
    expect(topic.generation).toBe(seen + 1);
  });

  it('lets go after the time, or when it is called off, and leaves nothing behind', async () => {
    const topic = new Topic();
    await topic.changed(topic.generation, 1, never);
    const calledOff = new AbortController();
    const waiting = topic.changed(topic.generation, 60_000, calledOff.signal);
    calledOff.abort();
    await waiting;
    expect(topic.idle).toBe(true);
  });

  it('asks once for all who stand at the same place, and anew after it was woken [EVT-4]', async () => {
    const topic = new Topic();
    const answers: ((text: string) => void)[] = [];
    const ask = (key: string) => topic.share(key, () => new Promise<string>((resolve) => answers.push(resolve)));
    const [one, two, elsewhere] = [ask('1'), ask('1'), ask('2')];
    expect(answers).toHaveLength(2);
    topic.wake();
    // The answer that is on its way may not know what woke us.
    const later = ask('1');
    expect(answers).toHaveLength(3);
    for (const [n, answer] of answers.entries()) answer(`answer ${n}`);
    expect(await Promise.all([one, two, elsewhere, later])).toEqual(['answer 0', 'answer 0', 'answer 1', 'answer 2']);
    void ask('1');
    expect(answers).toHaveLength(4);
  });
});
