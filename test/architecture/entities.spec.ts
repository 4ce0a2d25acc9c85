import type { Database } from '#libs/persistence';
import { createTestDatabase } from '#libs/testing';
import type { EntityMetadata } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENTITIES } from '../../src/entities.js';

/** Columns that an entity leaves out on purpose, with the reason. */
const UNMAPPED: Readonly<Record<string, readonly string[]>> = {
  // For the system role only: the application role has no right to read them.
  user_account: ['password_hash', 'is_system_admin'],
};

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly primary: boolean;
}

let database: Database;

beforeAll(async () => {
  database = await createTestDatabase({ entities: ENTITIES });
});
afterAll(() => database.close());

describe('entities', () => {
  it.each(ENTITIES.map((entity) => [entity.name, entity] as const))(
    '%s agrees with its table [TEN-1] [KEY-1]',
    async (_name, entity) => {
      const metadata = database.dataSource.getMetadata(entity);
      const left = UNMAPPED[metadata.tableName] ?? [];
      const actual = await columnsOf(database, metadata.tableName);
      expect(declaredBy(metadata)).toEqual(actual.filter(({ name }) => !left.includes(name)));
      expect(actual.map(({ name }) => name)).toEqual(expect.arrayContaining([...left]));
    },
  );
});

function declaredBy(metadata: EntityMetadata): Column[] {
  return metadata.columns
    .map((column) => ({
      name: column.databaseName,
      type: `${typeof column.type === 'string' ? column.type : column.type.name}${column.isArray ? '[]' : ''}`,
      nullable: column.isNullable,
      primary: column.isPrimary,
    }))
    .toSorted(byName);
}

/** From the catalogue: information_schema shows a role only what it may read. */
async function columnsOf(source: Database, table: string): Promise<Column[]> {
  const rows = await source.dataSource.query<Column[]>(
    `select a.attname as name, replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz') as type,
            not a.attnotnull as nullable, coalesce(a.attnum = any(i.indkey), false) as primary
       from pg_attribute a left join pg_index i on i.indrelid = a.attrelid and i.indisprimary
      where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped`,
    [table],
  );
  return rows.toSorted(byName);
}

function byName(a: Column, b: Column): number {
  return a.name.localeCompare(b.name);
}
