import { Module } from '@nestjs/common';
import { UserDirectory } from './users.port.js';
import { UsersService } from './users.service.js';

@Module({
  providers: [{ provide: UserDirectory, useClass: UsersService }],
  exports: [UserDirectory],
})
export class IdentityModule {}
