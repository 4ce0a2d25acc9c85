import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { TenantSettings } from './tenant-settings.port.js';

/** How much a tenant may use. */
export type TenantTier = 'FREE' | 'STARTER' | 'PROFESSIONAL' | 'ENTERPRISE';

/** PENDING → ACTIVE ⇄ SUSPENDED; any → DELETED, which is kept for 30 days. */
export type TenantStatus = 'PENDING' | 'ACTIVE' | 'SUSPENDED' | 'DELETED';

export type SuspensionReason = 'quota' | 'billing' | 'admin';

/** An organisation. Its tier, status and slug are the platform's to write: the application role may not. */
@Entity('tenant')
export class Tenant {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  name!: string;

  /** Part of issuers and links, hence fixed for good: a trigger refuses any change. */
  @Column('text', { unique: true })
  slug!: string;

  @Column('text')
  tier!: TenantTier;

  @Column('text')
  status!: TenantStatus;

  /** Set while the status is SUSPENDED, and only then. */
  @Column('text', { name: 'suspension_reason', nullable: true })
  suspensionReason!: SuspensionReason | null;

  @Column('uuid', { name: 'owner_user_id' })
  ownerUserId!: string;

  @Column('jsonb')
  settings!: TenantSettings;

  /** Names and colours of the tenant's own; the console reads it. */
  @Column('jsonb')
  branding!: Readonly<Record<string, unknown>>;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;

  /** Set while the status is DELETED, and only then. */
  @Column('timestamptz', { name: 'deleted_at', nullable: true })
  deletedAt!: Date | null;
}
