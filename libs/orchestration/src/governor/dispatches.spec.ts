import { describe, expect, it } from 'vitest';
import type { OpenDispatch } from '../ports/dispatch.js';
import { Dispatches } from './dispatches.js';

const OPEN: OpenDispatch = {
  id: 'd',
  goalId: 'g',
  taskId: 't',
  attempt: 1,
  purpose: 'call',
  workerId: null,
  startedAt: null,
  ending: null,
};

describe('what an owner knows of calls that other workers make', () => {
  it('is not taken back by an answer that was overtaken [ORC-16]', () => {
    const known = new Dispatches([OPEN]);
    const ended: OpenDispatch = { ...OPEN, workerId: 'w', startedAt: 1, ending: { kind: 'unasked' } };
    let told = 0;
    known.onNews('d', () => (told += 1));
    known.hear(ended);
    known.hear({ ...OPEN, workerId: 'w', startedAt: 1 });
    expect([known.get('d'), told]).toEqual([ended, 1]);
  });

  it('is forgotten once it has been dealt with, whatever is heard of it afterwards [ORC-16]', () => {
    const known = new Dispatches([OPEN]);
    known.remove('d');
    known.hear(OPEN);
    expect(known.size).toBe(0);
  });
});
