import { Module } from '@nestjs/common';
import { Authenticators } from '#libs/http';
import { systemClock } from '#libs/kernel';
import { ApiKeyLookup } from '#libs/persistence';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { CurrentApiKeyRights } from './api-key-rights.js';
import { ApiKeyDirectory, ApiKeyRights } from './api-keys.port.js';
import { ApiKeysService } from './api-keys.service.js';

@Module({
  providers: [
    { provide: ApiKeyDirectory, useClass: ApiKeysService },
    {
      provide: ApiKeyRights,
      inject: [ApiKeyLookup],
      useFactory: (lookup: ApiKeyLookup) => new CurrentApiKeyRights(lookup, systemClock),
    },
  ],
  exports: [ApiKeyDirectory, ApiKeyRights],
})
export class ApiKeysModule {
  constructor(authenticators: Authenticators, lookup: ApiKeyLookup) {
    authenticators.add(new ApiKeyAuthenticator(lookup, systemClock));
  }
}
