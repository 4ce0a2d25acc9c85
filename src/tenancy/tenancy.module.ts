import { Global, Module } from '@nestjs/common';
import { TenantGate } from '#libs/http';
import { systemClock } from '#libs/kernel';
import { TenantTransaction } from '#libs/persistence';
import { ActiveTenantGate } from './active-tenant-gate.js';
import { TenantConfigController } from './config/tenant-config.controller.js';
import { TenantConfigService } from './config/tenant-config.service.js';
import { TenantDirectory } from './tenants.port.js';
import { TenantsService } from './tenants.service.js';

/** Global for the gate: the edge asks it at each request and knows no feature by name. */
@Global()
@Module({
  controllers: [TenantConfigController],
  providers: [
    TenantConfigService,
    { provide: TenantDirectory, useClass: TenantsService },
    {
      provide: TenantGate,
      useFactory: (tenants: TenantTransaction) => new ActiveTenantGate(tenants, systemClock),
      inject: [TenantTransaction],
    },
  ],
  exports: [TenantDirectory, TenantGate],
})
export class TenancyModule {}
