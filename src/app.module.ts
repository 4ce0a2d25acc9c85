import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { EdgeModule } from './edge/edge.module.js';
import { DocsModule } from './edge/openapi/docs.module.js';
import { CATALOGUES, FAILURE_CATALOGUES } from './errors.js';
import { GoalsModule } from './goals/goals.module.js';
import { EngineModule } from './goals/engine/engine.module.js';
import { HealthModule } from './health/health.module.js';
import { LiveModule } from './live/live.module.js';
import { type Runtime, RuntimeModule } from './runtime.module.js';
import { TenancyModule } from './tenancy/tenancy.module.js';
import { WelcomeModule } from './welcome/welcome.module.js';
import { WorkersApiModule } from './workers/workers-api.module.js';

/** The composition root: what a process of each role is made of. */
@Module({})
export class AppModule {
  static register(runtime: Runtime): DynamicModule {
    const { role } = runtime.settings;
    const always = [RuntimeModule.register(runtime), EdgeModule.register(CATALOGUES), TenancyModule, HealthModule];
    const api = [
      AccessModule,
      GoalsModule,
      LiveModule,
      WorkersApiModule,
      DocsModule.register(FAILURE_CATALOGUES),
      WelcomeModule,
    ];
    // A worker carries goals, and serves health only, for whoever watches over it.
    return { module: AppModule, imports: role === 'worker' ? [...always, EngineModule] : [...always, ...api] };
  }
}
