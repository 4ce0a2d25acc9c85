interface Waiting<Member, Result> {
  readonly member: Member;
  readonly bytes: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** Most members of one commit: beyond that a member gains nothing by company, and everybody waits for longer. */
const GROUP = 40;
/** Beyond this many bytes a group takes nobody else in: a text of all of them has to be made, sent and parsed. */
const GROUP_BYTES = 16 * 1024 * 1024;
/** Groups that are written at the same time, each of other tenants. */
const LANES = 2;

interface Options<Member, Result> {
  /** Writes a group; gives the results in the order of its members. */
  readonly write: (members: readonly Member[]) => Promise<readonly Result[]>;
  /** Whether the failure lies in a member, so that trying them one by one makes sense. */
  readonly isRefusal: (error: unknown) => boolean;
  /** How long a member is when it is written, roughly. */
  readonly bytesOf: (member: Member) => number;
  readonly tenantOf: (member: Member) => string;
}

/**
 * Writes what many ask for at the same time in one transaction. While one group is being written the next gathers,
 * so that groups grow with the load and a lone member never waits for company. A tenant has one group under way at the
 * most, and the others need not wait for it. A group that fails is written again member by member: one that the
 * database refuses must not take the others with it.
 */
export class GroupCommitter<Member, Result> {
  private waiting: Waiting<Member, Result>[] = [];
  /** Tenants of which something is being written. */
  private readonly busy = new Set<string>();
  private lanes = 0;
  private starting = false;

  constructor(private readonly options: Options<Member, Result>) {}

  commit(member: Member): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ member, bytes: this.options.bytesOf(member), resolve, reject });
      if (!this.starting) void this.startSoon();
    });
  }

  /** Whatever else is ready in this turn of the event loop comes along. */
  private async startSoon(): Promise<void> {
    this.starting = true;
    await new Promise((resolve) => setImmediate(resolve));
    this.starting = false;
    this.start();
  }

  private start(): void {
    while (this.lanes < LANES) {
      const group = this.nextGroup();
      if (group.length === 0) return;
      void this.writeInLane(group);
    }
  }

  private async writeInLane(group: readonly Waiting<Member, Result>[]): Promise<void> {
    const tenants = new Set(group.map(({ member }) => this.options.tenantOf(member)));
    this.lanes += 1;
    for (const tenant of tenants) this.busy.add(tenant);
    await this.writeGroup(group);
    for (const tenant of tenants) this.busy.delete(tenant);
    this.lanes -= 1;
    this.start();
  }

  /** Those that have waited longest, of tenants of which nothing is being written. */
  private nextGroup(): Waiting<Member, Result>[] {
    const group: Waiting<Member, Result>[] = [];
    const rest: Waiting<Member, Result>[] = [];
    let bytes = 0;
    let isFull = false;
    for (const each of this.waiting) {
      const isFree = !this.busy.has(this.options.tenantOf(each.member));
      isFull ||= isFree && group.length > 0 && (group.length === GROUP || bytes + each.bytes > GROUP_BYTES);
      if (isFull || !isFree) rest.push(each);
      else {
        group.push(each);
        bytes += each.bytes;
      }
    }
    this.waiting = rest;
    return group;
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
