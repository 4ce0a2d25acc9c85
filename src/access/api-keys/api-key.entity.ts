import type { Permission } from '#libs/policy';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** Whose key it is: a person's, a program's, the tenant's, or an administrator's. */
export type ApiKeyKind = 'personal' | 'service' | 'tenant' | 'admin';

/** As stored. `expired` is never stored: an active key is expired from `expiresAt` on, by the database's clock. */
export type ApiKeyStatus = 'active' | 'suspended' | 'revoked';

@Entity('api_key')
export class ApiKey {
  @PrimaryColumn('uuid', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('uuid')
  id!: string;

  /** `ak_` and 12 hex digits: the part of the key that may be shown, unique over all tenants. */
  @Column('text', { name: 'key_id', unique: true })
  keyId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  kind!: ApiKeyKind;

  @Column('text')
  status!: ApiKeyStatus;

  @Column('text', { array: true })
  scopes!: Permission[];

  /** SHA-256 of the whole key, secret included. */
  @Column('bytea', { name: 'secret_sha256', select: false })
  secretSha256!: Buffer;

  /** The member whose permissions bound those of the key. */
  @Column('uuid', { name: 'owner_user_id' })
  ownerUserId!: string;

  @Column('uuid', { name: 'created_by' })
  createdBy!: string;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
