/** All that the programs of PostgreSQL see of our environment: nothing of it, so that they behave the same everywhere. */
export const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
