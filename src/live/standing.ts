import { type Authenticators, type CredentialSource, HTTP_ERRORS, type TenantGate } from '#libs/http';
import type { Clock } from '#libs/kernel';
import { isUnreachable } from '#libs/persistence';
import type { Permission, Principal } from '#libs/policy';

/** What the edge asked before the stream began. */
export interface StandingParts {
  readonly authenticators: Pick<Authenticators, 'all'>;
  readonly gate: Pick<TenantGate, 'assertActive'>;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** For how long an answer lets rows through. Together with what authenticators remember it stays within a second. */
const FRESH_MS = 400;

/**
 * Whether the reader of a stream may still read it. A request is checked once, but a stream outlives the right to it:
 * so the same questions are asked again, with the same credential.
 */
export class Standing {
  private current: Principal;
  private confirmedAt: number;

  constructor(
    private readonly parts: StandingParts,
    private readonly source: CredentialSource,
    principal: Principal,
    private readonly needed: readonly Permission[],
  ) {
    this.current = principal;
    this.confirmedAt = parts.clock.monotonic();
  }

  /** The principal with its rights of this moment. Throws a DomainError when the right is gone. */
  async confirm(): Promise<Principal> {
    const now = this.parts.clock.monotonic();
    if (now - this.confirmedAt < FRESH_MS) return this.current;
    const { kind, id, tenantId } = this.current;
    const all = await this.authenticate();
    const principal = all.find((one) => one.kind === kind && one.id === id && one.tenantId === tenantId);
    if (!principal) throw HTTP_ERRORS.make('unauthenticated', 'The credential is no longer good.');
    await this.parts.gate.assertActive(tenantId);
    if (!this.needed.every((permission) => principal.permissions.has(permission))) {
      throw HTTP_ERRORS.make('permission_denied', 'The credential lacks a permission that the stream needs.');
    }
    this.current = principal;
    this.confirmedAt = now;
    return principal;
  }

  /** Whether the right is known to be gone. A database that does not answer takes no right away. */
  async isLost(): Promise<boolean> {
    try {
      await this.confirm();
      return false;
    } catch (error) {
      return !isUnreachable(error);
    }
  }

  private async authenticate(): Promise<Principal[]> {
    const principals: Principal[] = [];
    for (const authenticator of this.parts.authenticators.all) {
      const principal = await authenticator.authenticate(this.source);
      if (principal) principals.push(principal);
    }
    return principals;
  }
}
