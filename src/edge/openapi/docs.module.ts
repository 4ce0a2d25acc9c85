import { Module } from '@nestjs/common';
import { DocsController } from './docs.controller.js';

/** The pages of the API reference. */
@Module({ controllers: [DocsController] })
export class DocsModule {}
