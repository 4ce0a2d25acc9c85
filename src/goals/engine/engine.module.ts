import { join, resolve } from 'node:path';
import { Module } from '@nestjs/common';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { LOGGER, type Logger } from '#libs/context';
import { Gate, type Limits, Placement } from '#libs/orchestration';
import { GoalClaims, NotificationListener, TenantTransaction } from '#libs/persistence';
import {
  BUILTIN_TOOLS,
  ExpressionChecker,
  type FileStore,
  LocalFileStore,
  SchemaChecker,
  ToolRegistry,
  ToolRunner,
  type ToolRunnerOptions,
  codeTools,
  commandTools,
  webTools,
} from '#libs/tools';
import { systemClock } from '#libs/kernel';
import { Outbound } from '#libs/outbound';
import { Sandboxes, createSandboxes } from '#libs/sandbox';
import { TenantGate } from '#libs/http';
import { ApiKeyRights } from '../../access/api-keys/api-keys.port.js';
import { TenantDirectory } from '../../tenancy/tenants.port.js';
import { TenantTools } from '../tools/tenant-tools.js';
import { ToolRows } from '../tools/tool-rows.js';
import { GoalAuthority } from './goal-authority.js';
import { SandboxHost } from './sandbox-host.js';
import { LateResults } from './late-results.js';
import { TaskHosting } from './task-hosting.js';
import { TaskChecker } from './task-checker.js';
import { ApiKeysModule } from '../../access/api-keys/api-keys.module.js';
import { TenancyModule } from '../../tenancy/tenancy.module.js';
import { WorkersModule } from '../../workers/workers.module.js';
import { LeaseKeeper, LiveWorkers } from '../../workers/workers.port.js';
import { Artifacts } from '../files/artifacts.js';
import { Workspaces } from '../files/workspaces.js';
import { PgGoalStore } from '../store/pg-goal-store.js';
import { EngineHost } from './engine-host.js';
import { FILE_STORE, GOAL_STORE, LIMITS } from './tokens.js';
import { WorkspaceToolRunner } from './tool-adapter.js';

/** What has been incoming for so long belongs to no request of now. */
const DAY_MS = 86_400_000;

/** SAF-2. Nothing spends tokens or spawns agents yet, but what will do so meets its limit here. */
const HARD_LIMITS = { depth: 10, tokens: 500_000, agents: 50 };

/** The core with its adapters: store, tools, gate and engine. The only place where a tool runner meets the gate. */
@Module({
  imports: [ApiKeysModule, TenancyModule, WorkersModule],
  providers: [
    EngineHost,
    TaskHosting,
    LateResults,
    ToolRows,
    SandboxHost,
    {
      provide: LIMITS,
      inject: [APP_SETTINGS],
      useFactory: (settings: Settings): Limits => ({
        goalActiveMs: settings.goalMaxSeconds * 1000,
        goalConcurrency: settings.goalConcurrency,
        ...HARD_LIMITS,
        approvalMs: settings.approvalSeconds * 1000,
      }),
    },
    {
      provide: GOAL_STORE,
      inject: [TenantTransaction, GoalClaims, LeaseKeeper, LiveWorkers, Placement],
      useFactory: (
        tenants: TenantTransaction,
        claims: GoalClaims,
        leases: LeaseKeeper,
        workers: LiveWorkers,
        placement: Placement,
      ) => new PgGoalStore(tenants, claims, leases, () => placement.choose(workers.live(), 'goal_execution')?.id ?? ''),
    },
    {
      provide: FILE_STORE,
      inject: [APP_SETTINGS, LOGGER],
      useFactory: async (settings: Settings, logger: Logger): Promise<FileStore> => {
        const store = new LocalFileStore(resolve(settings.dataDir, 'files'));
        // Space is all that is lost by what stays.
        await store
          .sweep(Date.now() - DAY_MS)
          .catch((error: unknown) => logger.warn({ err: error }, 'left-over uploads could not be deleted'));
        return store;
      },
    },
    {
      provide: Workspaces,
      inject: [APP_SETTINGS],
      useFactory: (settings: Settings) => new Workspaces(join(resolve(settings.dataDir), 'workspaces')),
    },
    { provide: Artifacts, inject: [FILE_STORE], useFactory: (files: FileStore) => new Artifacts(files) },
    {
      provide: Outbound,
      inject: [APP_SETTINGS],
      useFactory: (settings: Settings) => new Outbound({ allow: settings.outboundAllow }),
    },
    {
      provide: Sandboxes,
      inject: [APP_SETTINGS],
      useFactory: (settings: Settings) =>
        createSandboxes({
          scratchDir: join(resolve(settings.dataDir), 'sandboxes'),
          unjailed: settings.sandboxWithoutJail,
        }),
    },
    {
      provide: TenantTools,
      inject: [Sandboxes, Outbound, ToolRows, NotificationListener, LOGGER],
      useFactory: (
        sandboxes: Sandboxes,
        outbound: Outbound,
        rows: ToolRows,
        listener: NotificationListener,
        logger: Logger,
      ) => {
        const builtIn = [...BUILTIN_TOOLS, ...webTools(outbound), ...codeTools(sandboxes), ...commandTools(sandboxes)];
        const onDefect: ToolRunnerOptions['onDefect'] = (error, { tool, goalId, taskId }) =>
          logger.error({ err: error, tool, goalId, taskId }, 'a tool failed in a way that it does not explain');
        return new TenantTools({
          builtIn: new ToolRegistry(builtIn),
          rows,
          runnerOf: (registry) => new ToolRunner(registry, { onDefect }),
          listener,
          clock: systemClock,
          report: (error, tool) => logger.warn({ err: error, ...tool }, 'a registered tool cannot be called any more'),
        });
      },
    },
    {
      provide: TaskChecker,
      inject: [Sandboxes],
      useFactory: (sandboxes: Sandboxes) => new TaskChecker(new SchemaChecker(), new ExpressionChecker(sandboxes)),
    },
    {
      provide: GoalAuthority,
      inject: [TenantTransaction, TenantDirectory, TenantGate, ApiKeyRights, NotificationListener],
      useFactory: (
        tenants: TenantTransaction,
        directory: TenantDirectory,
        gate: TenantGate,
        keys: ApiKeyRights,
        listener: NotificationListener,
      ) => new GoalAuthority(tenants, directory, gate, keys, listener, systemClock),
    },
    {
      provide: Gate,
      inject: [TenantTools, Workspaces, Artifacts, GoalAuthority, LIMITS],
      useFactory: (
        tools: TenantTools,
        workspaces: Workspaces,
        artifacts: Artifacts,
        authority: GoalAuthority,
        limits: Limits,
      ) => {
        const runner = new WorkspaceToolRunner(
          async (tenantId) => (await tools.toolsOf(tenantId)).runner,
          workspaces,
          artifacts,
        );
        return new Gate(runner, authority, limits);
      },
    },
  ],
  exports: [
    EngineHost,
    GOAL_STORE,
    FILE_STORE,
    LIMITS,
    Gate,
    GoalAuthority,
    TaskChecker,
    TenantTools,
    ToolRows,
    Workspaces,
  ],
})
export class EngineModule {}
