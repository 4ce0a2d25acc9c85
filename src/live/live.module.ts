import { Module } from '@nestjs/common';
import { EventLogReader, JournalReader, TenantTransaction } from '#libs/persistence';
import { LiveHub } from './hub.js';
import { LiveController } from './live.controller.js';
import { LiveService } from './live.service.js';

@Module({
  controllers: [LiveController],
  providers: [
    LiveHub,
    LiveService,
    {
      provide: JournalReader,
      useFactory: (tenants: TenantTransaction) => new JournalReader(tenants),
      inject: [TenantTransaction],
    },
    {
      provide: EventLogReader,
      useFactory: (tenants: TenantTransaction) => new EventLogReader(tenants),
      inject: [TenantTransaction],
    },
  ],
})
export class LiveModule {}
