import { type DynamicModule, Module } from '@nestjs/common';
import type { ErrorCatalogue } from '#libs/kernel';
import { DocsController, FAILURE_CATALOGUES } from './docs.controller.js';

/** The pages of the API reference. */
@Module({})
export class DocsModule {
  /** `failures`: codes that stand in goals and tasks, which the page of errors explains beside those of HTTP. */
  static register(failures: readonly ErrorCatalogue[]): DynamicModule {
    return {
      module: DocsModule,
      controllers: [DocsController],
      providers: [{ provide: FAILURE_CATALOGUES, useValue: failures }],
    };
  }
}
