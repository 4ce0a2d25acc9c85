import { join, resolve } from 'node:path';
import { Module } from '@nestjs/common';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { LOGGER, type Logger } from '#libs/context';
import { Gate, type Limits } from '#libs/orchestration';
import { GoalClaims, TenantTransaction } from '#libs/persistence';
import { BUILTIN_TOOLS, type FileStore, LocalFileStore, SchemaChecker, ToolRegistry, ToolRunner } from '#libs/tools';
import { ApiKeysModule } from '../../access/api-keys/api-keys.module.js';
import { TenancyModule } from '../../tenancy/tenancy.module.js';
import { Artifacts } from '../files/artifacts.js';
import { Workspaces } from '../files/workspaces.js';
import { PgGoalStore } from '../store/pg-goal-store.js';
import { EngineHost } from './engine-host.js';
import { SubmitterRights } from './submitter-rights.js';
import { FILE_STORE, GOAL_STORE, LIMITS, TOOL_CATALOGUE } from './tokens.js';
import { RegistryCatalogue, WorkspaceToolRunner } from './tool-adapter.js';

/** What has been incoming for so long belongs to no request of now. */
const DAY_MS = 86_400_000;

/** The core with its adapters: store, tools, gate and engine. The only place where a tool runner meets the gate. */
@Module({
  imports: [ApiKeysModule, TenancyModule],
  providers: [
    EngineHost,
    SubmitterRights,
    {
      provide: LIMITS,
      inject: [APP_SETTINGS],
      useFactory: (settings: Settings): Limits => ({
        goalActiveMs: settings.goalMaxSeconds * 1000,
        goalConcurrency: settings.goalConcurrency,
      }),
    },
    {
      provide: GOAL_STORE,
      inject: [TenantTransaction, GoalClaims],
      useFactory: (tenants: TenantTransaction, claims: GoalClaims) => new PgGoalStore(tenants, claims),
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
    { provide: ToolRegistry, useFactory: () => new ToolRegistry(BUILTIN_TOOLS) },
    {
      provide: TOOL_CATALOGUE,
      inject: [ToolRegistry],
      useFactory: (registry: ToolRegistry) => new RegistryCatalogue(registry),
    },
    { provide: SchemaChecker, useFactory: () => new SchemaChecker() },
    {
      provide: Gate,
      inject: [ToolRegistry, Workspaces, Artifacts, SubmitterRights, LIMITS, LOGGER],
      useFactory: (
        registry: ToolRegistry,
        workspaces: Workspaces,
        artifacts: Artifacts,
        rights: SubmitterRights,
        limits: Limits,
        logger: Logger,
      ) => {
        const runner = new ToolRunner(registry, {
          onDefect: (error, { tool, goalId, taskId }) =>
            logger.error({ err: error, tool, goalId, taskId }, 'a tool failed in a way that it does not explain'),
        });
        return new Gate(new WorkspaceToolRunner(runner, workspaces, artifacts), rights, limits);
      },
    },
  ],
  exports: [GOAL_STORE, TOOL_CATALOGUE, FILE_STORE, LIMITS, Gate, SchemaChecker, ToolRegistry, Workspaces],
})
export class EngineModule {}
