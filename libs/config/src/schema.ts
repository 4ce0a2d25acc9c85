import { z } from 'zod';
import { address, integer, listOf, logLevel, outboundTarget, postgresUrl, roleName, url } from './formats.js';

/**
 * One environment variable. The schema reads its text; `expected` is the sentence that a wrong value is answered
 * with; `.env.example` and docs/configuration.md are generated from all of these.
 */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly variable: string;
  readonly group: 'Server' | 'Database' | 'Engine' | 'Limits';
  readonly schema: Schema;
  /** What a value should be, as in "must be …". */
  readonly expected: string;
  readonly description: string;
  /** As it stands in the documentation; a default of the schema's own otherwise. */
  readonly defaultText: string;
  /** Never printed, logged or shown: not even the wrong value. */
  readonly secret?: true;
}

function setting<Schema extends z.ZodType>(definition: Setting<Schema>): Setting<Schema> {
  return definition;
}

// The core names them, too, and knows nothing of settings; where the two meet, the compiler holds them together.
const CAPABILITIES = [
  'goal_execution',
  'task_execution',
  'agent_spawning',
  'llm_inference',
  'file_operations',
  'web_operations',
  'memory_operations',
] as const;
const STRATEGIES = ['ROUND_ROBIN', 'LEAST_LOADED', 'WEIGHTED_RANDOM', 'CAPABILITY_MATCH'] as const;

/** Every setting of the program, under the name that the code uses. */
export const SETTINGS = {
  role: setting({
    variable: 'ROLE',
    group: 'Server',
    schema: z.enum(['all', 'api', 'worker', 'migrate']).default('all'),
    expected: 'one of all, api, worker, migrate',
    description:
      'What this process does: everything, only HTTP, only goals, or bring the database up to date and end. ' +
      'api and worker need DATABASE_URL.',
    defaultText: 'all',
  }),
  host: setting({
    variable: 'HOST',
    group: 'Server',
    schema: address.default('127.0.0.1'),
    expected: 'an IP address or host name to listen on',
    description: 'Address to listen on. The default is reachable from this machine only.',
    defaultText: '127.0.0.1',
  }),
  port: setting({
    variable: 'PORT',
    group: 'Server',
    schema: integer(0, 65_535).default(3000),
    expected: 'a port number from 0 to 65535 (0 picks a free one)',
    description: 'Port to listen on.',
    defaultText: '3000',
  }),
  publicUrl: setting({
    variable: 'PUBLIC_URL',
    group: 'Server',
    schema: url.optional(),
    expected: 'an http or https URL without a path, e.g. https://village.example.com',
    description: 'Where users reach this installation; links are made of it. By default http://localhost and the port.',
    defaultText: '',
  }),
  corsOrigins: setting({
    variable: 'CORS_ORIGINS',
    group: 'Server',
    schema: listOf(url).default([]),
    expected: 'origins separated by commas, e.g. https://app.example.com',
    description: 'Origins whose pages may call the API from a browser.',
    defaultText: '',
  }),
  dataDir: setting({
    variable: 'DATA_DIR',
    group: 'Server',
    schema: z.string().min(1).default('./.data'),
    expected: 'a folder that this process may write to',
    description: 'Folder of the embedded database, of uploaded files, workspaces and artifacts.',
    defaultText: './.data',
  }),
  logLevel: setting({
    variable: 'LOG_LEVEL',
    group: 'Server',
    schema: logLevel.default('info'),
    expected: 'one of trace, debug, info, warn, error, fatal, silent',
    description: 'The least severe message that is logged. Logs are JSON lines on standard output.',
    defaultText: 'info',
  }),
  bootstrap: setting({
    variable: 'BOOTSTRAP',
    group: 'Server',
    schema: z
      .enum(['0', '1'])
      .transform((text) => text === '1')
      .optional(),
    expected: '0 or 1',
    description:
      'Whether the first start makes the tenant acme, its people and an API key. By default only on the embedded database.',
    defaultText: '',
  }),
  databaseUrl: setting({
    variable: 'DATABASE_URL',
    group: 'Database',
    schema: postgresUrl.optional(),
    expected: 'a URL like postgres://login:password@host:5432/database',
    description: 'PostgreSQL 15 or later to use instead of the embedded one. The login should be no superuser.',
    defaultText: '',
    secret: true,
  }),
  databaseMigrationUrl: setting({
    variable: 'DATABASE_MIGRATION_URL',
    group: 'Database',
    schema: postgresUrl.optional(),
    expected: 'a URL like postgres://owner:password@host:5432/database',
    description: 'A login that owns the tables and may create roles, where the one of DATABASE_URL may not.',
    defaultText: '',
    secret: true,
  }),
  databasePoolSize: setting({
    variable: 'DATABASE_POOL_SIZE',
    group: 'Database',
    schema: integer(2, 200).default(10),
    expected: 'a whole number from 2 to 200',
    description:
      'Connections of the pool at the most. Up to four more are opened for notifications, heartbeats and claims, which ' +
      'go on when the pool is exhausted.',
    defaultText: '10',
  }),
  appRole: setting({
    variable: 'DATABASE_APP_ROLE',
    group: 'Database',
    schema: roleName.default('av_app'),
    expected: 'lower-case letters, digits and underscores, at most 40 characters, starting with a letter',
    description: 'Database role under which tenant data is read and written. Roles are shared by a whole cluster.',
    defaultText: 'av_app',
  }),
  systemRole: setting({
    variable: 'DATABASE_SYSTEM_ROLE',
    group: 'Database',
    schema: roleName.default('av_system'),
    expected: 'lower-case letters, digits and underscores, at most 40 characters, starting with a letter',
    description: 'Database role of the few statements that cross tenants: claims, sweeps, key look-ups, log readers.',
    defaultText: 'av_system',
  }),
  engineGoals: setting({
    variable: 'ENGINE_GOALS',
    group: 'Engine',
    schema: integer(1, 2000).default(200),
    expected: 'a whole number from 1 to 2000',
    description: 'Goals that this process carries forward at the same time.',
    defaultText: '200',
  }),
  engineTasks: setting({
    variable: 'ENGINE_TASKS',
    group: 'Engine',
    schema: integer(1, 2000).default(64),
    expected: 'a whole number from 1 to 2000',
    description: 'Tasks that this process runs at the same time, over all goals. Tenants take turns.',
    defaultText: '64',
  }),
  goalConcurrency: setting({
    variable: 'GOAL_CONCURRENCY',
    group: 'Engine',
    schema: integer(1, 500).default(20),
    expected: 'a whole number from 1 to 500',
    description: 'Tasks of one goal that run at the same time.',
    defaultText: '20',
  }),
  leaseSeconds: setting({
    variable: 'LEASE_SECONDS',
    group: 'Engine',
    schema: integer(2, 120).default(10),
    expected: 'a whole number from 2 to 120',
    description: 'How long a goal stays with a process that has stopped answering. Taken-over work waits this long.',
    defaultText: '10',
  }),
  workerName: setting({
    variable: 'WORKER_NAME',
    group: 'Engine',
    schema: z
      .string()
      .trim()
      .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._:@-]{0,99}$/u)
      .optional(),
    expected: 'at most 100 letters, digits, spaces and . _ : @ -, starting with a letter or digit',
    description: 'What this process is called in the list of workers. By default the host and the process id.',
    defaultText: '',
  }),
  workerCapabilities: setting({
    variable: 'WORKER_CAPABILITIES',
    group: 'Engine',
    schema: listOf(z.enum(CAPABILITIES))
      .refine(({ length }) => length > 0)
      .default([...CAPABILITIES]),
    expected: `one or more of ${CAPABILITIES.join(', ')}, separated by commas`,
    description:
      'What this process does itself. Without goal_execution it takes up no goals; tasks that need something else ' +
      'that is missing here are handed to workers that have it.',
    defaultText: CAPABILITIES.join(','),
  }),
  workerCapacity: setting({
    variable: 'WORKER_CAPACITY',
    group: 'Engine',
    schema: integer(1, 1000).default(4),
    expected: 'a whole number from 1 to 1000',
    description: 'Tasks that this process runs at the same time for goals of other processes.',
    defaultText: '4',
  }),
  dispatchStrategy: setting({
    variable: 'DISPATCH_STRATEGY',
    group: 'Engine',
    schema: z.enum(STRATEGIES).default('LEAST_LOADED'),
    expected: `one of ${STRATEGIES.join(', ')}`,
    description:
      'How this process chooses the worker that is told of a new goal or a task: in turns, by its load, by chance ' +
      'with a weight for free capacity, or whoever can do the least besides.',
    defaultText: 'LEAST_LOADED',
  }),
  outboundAllow: setting({
    variable: 'OUTBOUND_ALLOW',
    group: 'Engine',
    schema: listOf(outboundTarget).default([]),
    expected:
      'hosts, addresses or networks separated by commas, each with an optional port, ' +
      'e.g. build.example.com:8080, 10.1.2.3, 10.0.0.0/8 or [fd00::/8]:443',
    description: 'What the tools may reach although it is inside. By default they reach public addresses only.',
    defaultText: '',
  }),
  sandboxWithoutJail: setting({
    variable: 'SANDBOX_WITHOUT_JAIL',
    group: 'Engine',
    schema: z
      .enum(['0', '1'])
      .default('0')
      .transform((text) => text === '1'),
    expected: '0 or 1',
    description:
      'Whether run_command may run without a jail where bubblewrap does not work. Commands then see and change what ' +
      'this process can: set it only where nothing but commands that you trust is run.',
    defaultText: '0',
  }),
  goalMaxSeconds: setting({
    variable: 'GOAL_MAX_SECONDS',
    group: 'Limits',
    schema: integer(1, 86_400).default(3600),
    expected: 'a whole number of seconds from 1 to 86400',
    description: 'How long a goal may work, without the time that it is paused.',
    defaultText: '3600',
  }),
  approvalSeconds: setting({
    variable: 'APPROVAL_SECONDS',
    group: 'Limits',
    schema: integer(1, 30 * 86_400).default(86_400),
    expected: 'a whole number of seconds from 1 to 2592000',
    description: 'How long an approval may wait for a decision; after that it counts as refused.',
    defaultText: '86400',
  }),
  liveMaxStreams: setting({
    variable: 'LIVE_MAX_STREAMS',
    group: 'Limits',
    schema: integer(2, 100_000).default(1000),
    expected: 'a whole number from 2 to 100000',
    description: 'Live streams that this process serves at the same time. One credential may hold half of them.',
    defaultText: '1000',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

/** The settings of a process, read and checked once at its start. */
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> };
