import { type DynamicModule, Module } from '@nestjs/common';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { Drain, LOGGER, type Logger } from '#libs/context';
import { Opening, PublicUrl } from '#libs/http';
import {
  ApiKeyLookup,
  type Database,
  GoalClaims,
  TaskDispatches,
  Heartbeats,
  InstallationSwitch,
  NotificationListener,
  TenantTransaction,
  WorkerRegistry,
} from '#libs/persistence';
import { DataSource } from 'typeorm';

/** What exists before the application does, and outlives it. */
export interface Runtime {
  readonly settings: Settings;
  readonly database: Database;
  readonly logger: Logger;
  readonly publicUrl: PublicUrl;
  readonly opening: Opening;
  readonly drain: Drain;
}

/** Makes the runtime's parts injectable everywhere. */
@Module({})
export class RuntimeModule {
  static register({ settings, database, logger, publicUrl, opening, drain }: Runtime): DynamicModule {
    const providers = [
      { provide: APP_SETTINGS, useValue: settings },
      { provide: LOGGER, useValue: logger },
      { provide: PublicUrl, useValue: publicUrl },
      { provide: Opening, useValue: opening },
      { provide: Drain, useValue: drain },
      { provide: DataSource, useValue: database.dataSource },
      { provide: TenantTransaction, useValue: database.tenants },
      { provide: NotificationListener, useValue: database.listener },
      // Of what crosses tenants, single doors are handed out and never the system transaction itself.
      { provide: ApiKeyLookup, useValue: new ApiKeyLookup(database.system) },
      { provide: GoalClaims, useValue: new GoalClaims(database.claims) },
      { provide: TaskDispatches, useValue: new TaskDispatches(database.claims) },
      { provide: Heartbeats, useValue: new Heartbeats(database.reserved) },
      { provide: WorkerRegistry, useValue: new WorkerRegistry(database.system) },
      { provide: InstallationSwitch, useValue: new InstallationSwitch(database.system, database.roles.app) },
    ];
    return { module: RuntimeModule, global: true, providers, exports: providers.map(({ provide }) => provide) };
  }
}
