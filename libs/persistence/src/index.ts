export {
  DISPATCH_CHANNEL,
  DISPATCH_NEWS_CHANNEL,
  EVENT_CHANNEL,
  HALT_CHANNEL,
  JOURNAL_CHANNEL,
  TOOL_CHANNEL,
  WITHDRAWN_CHANNEL,
} from './channels.js';
export { type ConnectionOptions } from './data-source.js';
export type { PreparedSql } from './connection.js';
export { Database } from './database.js';
export { DatabaseSettingError, DatabaseStartError } from './database-start.error.js';
export { isUnreachable } from './database.errors.js';
export { isRefusal, refusedOrUnavailable } from './refusal.js';
export { type EmbeddedProfile, startEmbedded } from './embedded/start-embedded.js';
export type { EmbeddedServer } from './embedded/embedded-server.js';
export { MigrationNeedsAdministrator } from './migrate/ensure-roles.js';
export { migrate } from './migrate/migrate.js';
export { MIGRATIONS_TABLE, type MigrationClass, type SchemaStep, defineMigration } from './migrate/migration.js';
export { haltOf, switchesOf } from './kill-switches.js';
export { NotificationListener } from './notify/notification-listener.js';
export type { NotificationHandler } from './notify/subscriptions.js';
export { type ConnectOptions, type OpenDatabaseOptions, connectDatabase, openDatabase } from './open-database.js';
export { type DatabaseRoles, type TenantTableOptions, isCurrentTenant, tenantTable } from './rls.js';
export { ApiKeyLookup, type ApiKeyRecord } from './system/api-key-lookup.js';
export { FirstRun, type FirstRows, type FirstUser } from './system/first-run.js';
export { TenantTransaction } from './tenant-transaction.js';
export type { Transaction } from './transaction.js';
export { EventLogReader } from './event-log/event-log-reader.js';
export { EventRecorder } from './event-log/event-recorder.js';
export { eventRow, insertEvents } from './event-log/event-rows.js';
export { type JournalPage, JournalReader, type JournalRow } from './journal/journal-reader.js';
export { EventPartitions } from './system/event-partitions.js';
export {
  type ClaimedGoalRow,
  type ClaimedTaskRow,
  type GoalCommandRow,
  GoalClaims,
  type LeaseKey,
} from './system/goal-claims.js';
export { Heartbeats, type WorkerBeat } from './system/heartbeats.js';
export { InstallationSwitch, type SwitchRecord } from './system/installation-switch.js';
export { WORKER_STATES, WorkerRegistry, type WorkerRow, type WorkerState } from './system/worker-registry.js';
export { type DispatchKey, type TakenDispatchRow, TaskDispatches } from './system/task-dispatches.js';
