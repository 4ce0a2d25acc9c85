import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, Inject, Param, Res } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public, html, renderPage } from '#libs/http';
import { COMMON_ERRORS, type ErrorCatalogue } from '#libs/kernel';
import { renderErrorsPage } from './errors-page.js';
import { OpenApi } from './open-api.js';

/** Injection token of the catalogues of failures. */
export const FAILURE_CATALOGUES = Symbol('failure catalogues');

const HTML = 'text/html; charset=utf-8';
const CSS = 'text/css; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

// Both from the package of Swagger UI and of our own; a script of our own, since nothing may stand inline in a page.
const ASSETS: ReadonlyMap<string, { readonly url: string; readonly mediaType: string }> = new Map([
  ['swagger-ui.css', { url: import.meta.resolve('swagger-ui-dist/swagger-ui.css'), mediaType: CSS }],
  ['swagger-ui-bundle.js', { url: import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js'), mediaType: SCRIPT }],
  ['reference.css', { url: import.meta.resolve('./assets/reference.css'), mediaType: CSS }],
  ['reference.js', { url: import.meta.resolve('./assets/reference.js'), mediaType: SCRIPT }],
]);

/** The API reference. All of it is public: it describes the program, not anybody's data. */
@ApiExcludeController()
@Controller()
export class DocsController {
  private readonly page = renderPage({
    title: 'API · Agent Village',
    styles: ['/docs/assets/swagger-ui.css', '/docs/assets/reference.css'],
    scripts: ['/docs/assets/swagger-ui-bundle.js', '/docs/assets/reference.js'],
    body: html`<p class="crumb bar">
        <a href="/">Agent Village</a> · <a href="/docs/errors">Errors</a> · <a href="/openapi.json">openapi.json</a>
      </p>
      <div id="reference">
        <noscript>The reference needs JavaScript; the document itself is openapi.json.</noscript>
      </div>`,
  });

  constructor(
    private readonly openApi: OpenApi,
    @Inject(FAILURE_CATALOGUES) private readonly failures: readonly ErrorCatalogue[],
  ) {}

  @Get('openapi.json')
  @Public()
  document(): OpenAPIObject {
    return this.openApi.document;
  }

  @Get('docs')
  @Public()
  @Header('content-type', HTML)
  docs(): string {
    return this.page;
  }

  @Get('docs/errors')
  @Public()
  @Header('content-type', HTML)
  errors(): string {
    const failures = new Map(this.failures.flatMap((catalogue) => Object.entries(catalogue.definitions)));
    return renderErrorsPage(this.openApi.definitions, failures);
  }

  @Get('docs/assets/:file')
  @Public()
  @Header('cache-control', 'public, max-age=3600')
  async asset(@Param('file') file: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const asset = ASSETS.get(file);
    if (!asset) throw COMMON_ERRORS.make('not_found', 'There is no such file.');
    reply.header('content-type', asset.mediaType);
    return readFile(new URL(asset.url));
  }
}
