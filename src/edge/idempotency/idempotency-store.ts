import { Injectable } from '@nestjs/common';
import { TenantTransaction } from '#libs/persistence';
import type { Answer } from './stored-answer.js';

/** Whose key it is: the same text of another principal is another key. */
export interface KeyOwner {
  readonly tenantId: string;
  readonly principal: string;
  readonly key: string;
}

/** The right to work on a key's request, until it is answered, released or overtaken. */
export interface Reservation {
  readonly owner: KeyOwner;
  readonly token: string;
  readonly resourceId: string;
}

/** What is known of a key that could not be reserved. */
export interface Occupied {
  readonly requestHash: string;
  /** Undefined while the first request is still running. */
  readonly answer: Answer | undefined;
}

interface OccupiedRow {
  readonly request_hash: string;
  readonly status: number | null;
  readonly media_type: string | null;
  readonly location: string | null;
  readonly body: string | null;
}

const SAME = 'k.expires_at > now() and k.request_hash = excluded.request_hash';

// A row that has expired is as good as none. One whose run has broken off (its lock has run out, and there is no
// answer) is taken over by the same request, with the id that it had. One that was released is free for any request;
// the same one has the same id again, because a run that ended in an error may have stored what it made all the same.
const RESERVE = `
  insert into idempotency_key as k
         (tenant_id, principal, key, request_hash, resource_id, token, locked_until, expires_at)
  values ($1, $2, $3, $4, $5, $6, now() + interval '60 seconds', now() + interval '24 hours')
  on conflict (tenant_id, principal, key) do update
     set request_hash = excluded.request_hash,
         resource_id  = case when ${SAME} then k.resource_id else excluded.resource_id end,
         expires_at   = case when ${SAME} then k.expires_at else excluded.expires_at end,
         token        = excluded.token,
         locked_until = excluded.locked_until,
         status = null, media_type = null, location = null, body = null
   where k.expires_at <= now()
      or (k.status is null and k.locked_until <= now() and k.request_hash = excluded.request_hash)
      or (k.status is null and k.locked_until = '-infinity')
  returning resource_id`;

const OCCUPIED = `
  select request_hash, status, media_type, location, body
    from idempotency_key
   where tenant_id = $1 and principal = $2 and key = $3`;

// Each answer that is kept removes a few that have expired, so that nothing has to sweep and nothing piles up.
const KEEP = `
  with expired as (
    delete from idempotency_key
     where (tenant_id, principal, key) in (
       select tenant_id, principal, key from idempotency_key
        where tenant_id = $1 and expires_at <= now()
        order by expires_at limit 20 for update skip locked)
  )
  update idempotency_key
     set status = $5, media_type = $6, location = $7, body = $8
   where tenant_id = $1 and principal = $2 and key = $3 and token = $4`;

const RELEASE = `
  update idempotency_key set locked_until = '-infinity'
   where tenant_id = $1 and principal = $2 and key = $3 and token = $4 and status is null`;

/** Idempotency keys in PostgreSQL. All times are the database's. */
@Injectable()
export class IdempotencyStore {
  constructor(private readonly tenants: TenantTransaction) {}

  /** Takes the key for this request, or gives undefined where it is occupied. `ids` are the UUIDs of a new row. */
  async reserve(
    owner: KeyOwner,
    requestHash: string,
    ids: { readonly token: string; readonly resourceId: string },
  ): Promise<Reservation | undefined> {
    const [row] = await this.tenants.once<{ resource_id: string }>(owner.tenantId, RESERVE, [
      ...columns(owner),
      requestHash,
      ids.resourceId,
      ids.token,
    ]);
    return row && { owner, token: ids.token, resourceId: row.resource_id };
  }

  async findOccupied(owner: KeyOwner): Promise<Occupied | undefined> {
    const [row] = await this.tenants.once<OccupiedRow>(owner.tenantId, OCCUPIED, columns(owner));
    if (!row) return undefined;
    const { status, media_type: mediaType, location, body } = row;
    return {
      requestHash: row.request_hash,
      answer: status === null ? undefined : { status, mediaType, location, body },
    };
  }

  /** Keeps the answer for the rest of the 24 hours. Has no effect once another run has overtaken this one. */
  async keep({ owner, token }: Reservation, answer: Answer): Promise<void> {
    const { status, mediaType, location, body } = answer;
    await this.tenants.once(owner.tenantId, KEEP, [...columns(owner), token, status, mediaType, location, body]);
  }

  /** Gives the key back: the request may be tried again under it. */
  async release({ owner, token }: Reservation): Promise<void> {
    await this.tenants.once(owner.tenantId, RELEASE, [...columns(owner), token]);
  }
}

function columns(owner: KeyOwner): string[] {
  return [owner.tenantId, owner.principal, owner.key];
}
