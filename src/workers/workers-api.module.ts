import { Module } from '@nestjs/common';
import { ListWorkers } from './list-workers.js';
import { WorkersController } from './workers.controller.js';

/** What the API shows of workers; a worker itself serves no API. */
@Module({ controllers: [WorkersController], providers: [ListWorkers] })
export class WorkersApiModule {}
