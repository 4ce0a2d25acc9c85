import { Inject, Module } from '@nestjs/common';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { HealthChecks } from '#libs/http';
import { TenantTransaction } from '#libs/persistence';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { databaseCheck, diskCheck } from './machine-checks.js';
import { Readiness } from './readiness.port.js';

@Module({
  controllers: [HealthController],
  providers: [HealthService, { provide: Readiness, useExisting: HealthService }],
  exports: [Readiness],
})
export class HealthModule {
  constructor(checks: HealthChecks, tenants: TenantTransaction, @Inject(APP_SETTINGS) settings: Settings) {
    checks.add(databaseCheck(tenants));
    checks.add(diskCheck(settings.dataDir));
  }
}
