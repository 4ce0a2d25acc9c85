import { describe, expect, it } from 'vitest';
import { planRoles } from './role-plan.js';
import type { Situation } from './situation.js';

const ready = { exists: true, unbound: false, settable: true, usage: true };

/** A database of a login of its own, as an administrator makes it: the login owns it and migrates. */
function situation(changes: Partial<Situation> = {}): Situation {
  return {
    database: 'village',
    version: 150_000,
    owner: 'village',
    ownerMayCreate: true,
    everybodyMayCreate: false,
    login: 'village',
    loginInherits: false,
    roles: [
      { ...ready, name: 'av_app' },
      { ...ready, name: 'av_system' },
    ],
    ...changes,
  };
}

describe('the plan of roles', () => {
  it('is empty when nothing is missing [DEP-4]', () => {
    expect(planRoles(situation())).toEqual([]);
  });

  it('keeps the right to create of a login that stops inheriting it [DEP-4]', () => {
    expect(planRoles(situation({ loginInherits: true }))).toEqual([
      'alter role village noinherit',
      'grant usage, create on schema public to village',
    ]);
  });

  it('leaves a separate owner and PostgreSQL 16 alone [DEP-4]', () => {
    expect(planRoles(situation({ loginInherits: true, owner: 'owner' }))).toEqual(['alter role village noinherit']);
    expect(planRoles(situation({ loginInherits: true, version: 160_000 }))).toEqual([]);
  });
});
