interface Waiting<Member, Result> {
  readonly member: Member;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Most members of one commit. */
const GROUP = 200;

/**
 * Writes what many ask for at the same time in one transaction. While one group is being written the next gathers,
 * so that groups grow with the load and a lone member never waits for company. A group that fails is written again
 * member by member: one that the database refuses must not take the others with it.
 */
export class GroupCommitter<Member, Result> {
  private waiting: Waiting<Member, Result>[] = [];
  private writing = false;

  constructor(
    private readonly write: (members: readonly Member[]) => Promise<readonly Result[]>,
    /** Whether the failure lies in a member, so that trying them one by one makes sense. */
    private readonly isRefusal: (error: unknown) => boolean,
  ) {}

  commit(member: Member): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ member, resolve, reject });
      if (!this.writing) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    // Whatever else is ready in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.writeGroup(this.waiting.splice(0, GROUP));
    this.writing = false;
  }

  private async writeGroup(group: readonly Waiting<Member, Result>[]): Promise<void> {
    try {
      const results = await this.write(group.map(({ member }) => member));
      for (const [n, { resolve }] of group.entries()) resolve(results[n]!);
    } catch (error) {
      if (group.length > 1 && this.isRefusal(error)) for (const each of group) await this.writeGroup([each]);
      else for (const { reject } of group) reject(error);
    }
  }
}
