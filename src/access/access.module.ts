import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { TenancyModule } from '../tenancy/tenancy.module.js';
import { ApiKeysModule } from './api-keys/api-keys.module.js';
import { MeController } from './me/me.controller.js';
import { MeService } from './me/me.service.js';

@Module({
  imports: [TenancyModule, IdentityModule, ApiKeysModule],
  controllers: [MeController],
  providers: [MeService],
})
export class AccessModule {}
