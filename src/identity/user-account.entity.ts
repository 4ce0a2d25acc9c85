import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

export type UserStatus = 'ACTIVE' | 'DEACTIVATED';

/**
 * A person, once for the whole installation; memberships say where they belong. A tenant's transaction sees the
 * accounts of its members, without the columns that are not here: the hash of the password and whether the person
 * administers the platform. Those are read and written by the system role alone.
 */
@Entity('user_account')
export class UserAccount {
  @PrimaryColumn('uuid')
  id!: string;

  /** In lower case. */
  @Column('text', { unique: true })
  email!: string;

  @Column('text')
  name!: string;

  @Column('text')
  status!: UserStatus;

  @Column('timestamptz', { name: 'email_verified_at', nullable: true })
  emailVerifiedAt!: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt!: Date;
}
