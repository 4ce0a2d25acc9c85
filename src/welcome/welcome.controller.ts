import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, Inject, Param, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { APP_SETTINGS, type Settings } from '#libs/config';
import { Public, PublicUrl } from '#libs/http';
import { COMMON_ERRORS } from '#libs/kernel';
import { Readiness } from '../health/readiness.port.js';
import { renderWelcome } from './welcome.page.js';

// What our pages load, wherever they are made.
const ASSETS: ReadonlyMap<string, string> = new Map([
  ['page.css', 'text/css; charset=utf-8'],
  ['copy.js', 'text/javascript; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
]);

/** The page that says what runs here and where to go, and the files of all pages. */
@ApiExcludeController()
@Controller()
export class WelcomeController {
  constructor(
    private readonly readiness: Readiness,
    private readonly publicUrl: PublicUrl,
    @Inject(APP_SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  @Public()
  @Header('content-type', 'text/html; charset=utf-8')
  async welcome(): Promise<string> {
    return renderWelcome({
      origin: this.publicUrl.origin,
      isReady: await this.readiness.isReady(),
      isEmbedded: this.settings.databaseUrl === undefined,
      uptimeSeconds: process.uptime(),
    });
  }

  @Get('assets/:file')
  @Public()
  @Header('cache-control', 'public, max-age=3600')
  async asset(@Param('file') file: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const mediaType = ASSETS.get(file);
    if (!mediaType) throw COMMON_ERRORS.make('not_found', 'There is no such file.');
    reply.header('content-type', mediaType);
    return readFile(new URL(`./assets/${file}`, import.meta.url));
  }
}
