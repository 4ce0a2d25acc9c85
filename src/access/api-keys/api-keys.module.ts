import { Module } from '@nestjs/common';
import { Authenticators } from '#libs/http';
import { systemClock } from '#libs/kernel';
import { ApiKeyLookup } from '#libs/persistence';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { ApiKeyDirectory } from './api-keys.port.js';
import { ApiKeysService } from './api-keys.service.js';

@Module({
  providers: [{ provide: ApiKeyDirectory, useClass: ApiKeysService }],
  exports: [ApiKeyDirectory],
})
export class ApiKeysModule {
  constructor(authenticators: Authenticators, lookup: ApiKeyLookup) {
    authenticators.add(new ApiKeyAuthenticator(lookup, systemClock));
  }
}
