interface Waiting<Member, Result> {
  readonly member: Member;
  readonly bytes: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Most members of one commit. */
const GROUP = 200;
/** Beyond this many bytes a group takes nobody else in: a text of all of them has to be made, sent and parsed. */
const GROUP_BYTES = 16 * 1024 * 1024;

interface Options<Member, Result> {
  /** Writes a group; gives the results in the order of its members. */
  readonly write: (members: readonly Member[]) => Promise<readonly Result[]>;
  /** Whether the failure lies in a member, so that trying them one by one makes sense. */
  readonly isRefusal: (error: unknown) => boolean;
  /** How long a member is when it is written, roughly. */
  readonly bytesOf: (member: Member) => number;
}

/**
 * Writes what many ask for at the same time in one transaction. While one group is being written the next gathers,
 * so that groups grow with the load and a lone member never waits for company. A group that fails is written again
 * member by member: one that the database refuses must not take the others with it.
 */
export class GroupCommitter<Member, Result> {
  private waiting: Waiting<Member, Result>[] = [];
  private writing = false;

  constructor(private readonly options: Options<Member, Result>) {}

  commit(member: Member): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ member, bytes: this.options.bytesOf(member), resolve, reject });
      if (!this.writing) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    this.writing = true;
    // Whatever else is ready in this turn of the event loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) await this.writeGroup(this.waiting.splice(0, this.groupLength()));
    this.writing = false;
  }

  /** How many of those that wait make the next group: at least one. */
  private groupLength(): number {
    let [length, bytes] = [0, 0];
    for (const each of this.waiting) {
      bytes += each.bytes;
      if (length === GROUP || (length > 0 && bytes > GROUP_BYTES)) break;
      length++;
    }
    return length;
  }

  private async writeGroup(group: readonly Waiting<Member, Result>[]): Promise<void> {
    try {
      const results = await this.options.write(group.map(({ member }) => member));
      for (const [n, { resolve }] of group.entries()) resolve(results[n]!);
    } catch (error) {
      if (group.length > 1 && this.options.isRefusal(error)) for (const each of group) await this.writeGroup([each]);
      else for (const { reject } of group) reject(error);
    }
  }
}
