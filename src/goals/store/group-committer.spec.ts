import { describe, expect, it } from 'vitest';
import { GroupCommitter } from './group-committer.js';

const MEBIBYTE = 1024 * 1024;

function setUp(isRefusal = true) {
  const groups: number[][] = [];
  const committer = new GroupCommitter<number, number>({
    write: async (members) => {
      groups.push([...members]);
      if (members.some((member) => member < 0)) throw new Error('refused');
      return members.map((member) => member * 2);
    },
    isRefusal: () => isRefusal,
    bytesOf: (mebibytes) => mebibytes * MEBIBYTE,
  });
  const commit = (members: readonly number[]) => Promise.allSettled(members.map((member) => committer.commit(member)));
  return { groups, commit };
}

describe('a group', () => {
  it('ends where its text would become too long, and takes at least one [ORC-3]', async () => {
    const { groups, commit } = setUp();
    const outcomes = await commit([10, 6, 1, 40, 1, 2]);
    expect(groups).toEqual([[10, 6], [1], [40], [1, 2]]);
    expect(outcomes).toMatchObject([10, 6, 1, 40, 1, 2].map((member) => ({ value: member * 2 })));
  });

  it('holds at most 200 [ORC-3]', async () => {
    const { groups, commit } = setUp();
    await commit(Array.from({ length: 450 }, () => 0));
    expect(groups.map(({ length }) => length)).toEqual([200, 200, 50]);
  });

  it('is written one by one when a member is refused, and fails whole when nobody is to blame [ORC-16]', async () => {
    const refused = setUp();
    expect((await refused.commit([1, -1, 2])).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const away = setUp(false);
    expect((await away.commit([1, -1, 2])).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(away.groups).toHaveLength(1);
  });
});
