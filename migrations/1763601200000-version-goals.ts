import type { SchemaStep } from '#libs/persistence';

/** Which version of the machine wrote a goal last. Whatever is there already was written by the first. */
export const versionGoals: SchemaStep = {
  name: 'VersionGoals1763601200000',
  up: () => ['alter table goal add column machine smallint not null default 1'],
  down: () => ['alter table goal drop column machine'],
};
