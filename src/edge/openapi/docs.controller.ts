import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, Param, Res } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public, html, renderPage } from '#libs/http';
import { COMMON_ERRORS } from '#libs/kernel';
import { renderErrorsPage } from './errors-page.js';
import { OpenApi } from './open-api.js';

const HTML = 'text/html; charset=utf-8';
const DAY = 'public, max-age=86400';

// What of Swagger UI is served, all from its package on this machine.
const ASSETS: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
]);

// A script of its own, since nothing may stand inline in a page.
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
document.documentElement.classList.toggle('dark-mode', matchMedia('(prefers-color-scheme: dark)').matches);
`;

/** The API reference. All of it is public: it describes the program, not anybody's data. */
@ApiExcludeController()
@Controller()
export class DocsController {
  private readonly page = renderPage({
    title: 'API · Agent Village',
    styles: ['/docs/assets/swagger-ui.css'],
    scripts: ['/docs/assets/swagger-ui-bundle.js', '/docs/assets/start.js'],
    body: html`<p class="crumb bar">
        <a href="/">Agent Village</a> · <a href="/docs/errors">Errors</a> · <a href="/openapi.json">openapi.json</a>
      </p>
      <div id="swagger-ui"></div>`,
  });

  constructor(private readonly openApi: OpenApi) {}

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
    return renderErrorsPage(this.openApi.definitions);
  }

  @Get('docs/assets/start.js')
  @Public()
  @Header('content-type', 'text/javascript; charset=utf-8')
  start(): string {
    return START;
  }

  @Get('docs/assets/:file')
  @Public()
  @Header('cache-control', DAY)
  async asset(@Param('file') file: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const mediaType = ASSETS.get(file);
    if (!mediaType) throw COMMON_ERRORS.make('not_found', 'There is no such file.');
    reply.header('content-type', mediaType);
    return readFile(new URL(file, import.meta.resolve('swagger-ui-dist/package.json')));
  }
}
