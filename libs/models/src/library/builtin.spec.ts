import { expect, it } from 'vitest';
import { BUILTIN_PLAYBOOKS } from './builtin.js';
it('loads', () => {
  expect(BUILTIN_PLAYBOOKS.map((p) => p.name)).toHaveLength(8);
});
