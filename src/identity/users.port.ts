export interface UserSummary {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

/** What other features may know about people. */
export abstract class UserDirectory {
  /** A member of the tenant; undefined for a user who is none. */
  abstract find(tenantId: string, userId: string): Promise<UserSummary | undefined>;
}
