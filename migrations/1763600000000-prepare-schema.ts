import { type DatabaseRoles, MIGRATIONS_TABLE, type SchemaStep } from '#libs/persistence';

/** Lets processes that do not migrate see whether somebody has. */
export const prepareSchema: SchemaStep = {
  name: 'PrepareSchema1763600000000',
  up: ({ app, system }: DatabaseRoles) => [`grant select on ${MIGRATIONS_TABLE} to ${app}, ${system}`],
  down: ({ app, system }: DatabaseRoles) => [`revoke select on ${MIGRATIONS_TABLE} from ${app}, ${system}`],
};
