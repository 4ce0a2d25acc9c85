import { type DynamicModule, Module } from '@nestjs/common';
import { Authenticators, HealthChecks, Idempotency } from '#libs/http';
import type { ErrorCatalogue } from '#libs/kernel';
import { IdempotencyKeeper } from './idempotency/idempotency-keeper.js';
import { IdempotencyStore } from './idempotency/idempotency-store.js';
import { ERROR_CATALOGUES, OpenApi } from './openapi/open-api.js';

/** What the edge is made of, and the registries through which features take part in it. */
@Module({})
export class EdgeModule {
  /** `catalogues`: the errors of all modules, for the documentation. */
  static register(catalogues: readonly ErrorCatalogue[]): DynamicModule {
    return {
      module: EdgeModule,
      global: true,
      providers: [
        Authenticators,
        HealthChecks,
        IdempotencyStore,
        IdempotencyKeeper,
        OpenApi,
        { provide: Idempotency, useExisting: IdempotencyKeeper },
        { provide: ERROR_CATALOGUES, useValue: catalogues },
      ],
      exports: [Authenticators, HealthChecks, Idempotency, OpenApi],
    };
  }
}
