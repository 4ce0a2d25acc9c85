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
    tenantOf: () => 'one',
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

  it('holds at most 40 [ORC-3]', async () => {
    const { groups, commit } = setUp();
    await commit(Array.from({ length: 90 }, () => 0));
    expect(groups.map(({ length }) => length)).toEqual([40, 40, 10]);
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

  it('of one tenant does not keep others waiting, and there is one of each tenant at a time [WRK-2]', async () => {
    const groups: string[][] = [];
    const ends: (() => void)[] = [];
    const committer = new GroupCommitter<string, string>({
      write: async (members) => {
        groups.push([...members]);
        await new Promise<void>((resolve) => ends.push(resolve));
        return members;
      },
      isRefusal: () => false,
      bytesOf: () => 1,
      tenantOf: ([tenant]) => tenant ?? '',
    });
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
    const all = [committer.commit('a1'), committer.commit('a2')];
    await turn();
    all.push(committer.commit('a3'), committer.commit('b1'), committer.commit('c1'));
    await turn();
    expect(groups).toEqual([
      ['a1', 'a2'],
      ['b1', 'c1'],
    ]);
    all.push(committer.commit('b2'));
    await turn();
    expect(groups).toHaveLength(2);
    ends[0]!();
    await turn();
    expect(groups.at(-1)).toEqual(['a3']);
    ends[1]!();
    await turn();
    expect(groups.at(-1)).toEqual(['b2']);
    for (const end of ends) end();
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'b2']);
  });
});
