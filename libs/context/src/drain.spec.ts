import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Drain } from './drain.js';
import { createLogger } from './logger.js';

function makeDrain() {
  const log: Record<string, unknown>[] = [];
  return {
    log,
    drain: new Drain(
      createLogger('info', { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) }),
    ),
  };
}

describe('a drain', () => {
  it('tells streams at once and waits for all hooks [WRK-3]', async () => {
    const { drain } = makeDrain();
    const done: string[] = [];
    drain.onDrain('slow', async () => {
      await sleep(30);
      done.push('slow');
    });
    drain.onDrain('quick', async () => {
      done.push('quick');
    });
    const first = drain.run(5_000);
    expect(drain.signal.aborted).toBe(true);
    expect(drain.run(5_000)).toBe(first);
    await first;
    expect(done).toEqual(['quick', 'slow']);
  });

  it('is held up neither by a hook that fails nor by one that never ends [WRK-3]', async () => {
    const { drain, log } = makeDrain();
    drain.onDrain('broken', () => Promise.reject(new Error('no')));
    drain.onDrain('endless', () => new Promise(() => undefined));
    await drain.run(20);
    expect(log.map((line) => line['hook'] ?? line['hooks'])).toEqual(['broken', ['endless']]);
  });
});
