import { type INestApplication, Inject, Injectable } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { PRODUCT, PublicUrl, SECURITY_SCHEMES, problemSchema } from '#libs/http';
import type { ErrorCatalogue } from '#libs/kernel';
import type { Route, RouteTable } from '../route-table.js';
import { type Definitions, type Operation, errorCodesOf, errorResponses } from './error-responses.js';
import { convertSchema } from './schema-converter.js';

/** Injection token of the error catalogues of all modules. */
export const ERROR_CATALOGUES = Symbol('error catalogues');

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/**
 * The OpenAPI document: made of the routes' schemas and declarations when it is first asked for, so that a start does
 * not wait for it.
 */
@Injectable()
export class OpenApi {
  private source: { app: INestApplication; routes: RouteTable } | undefined;
  private built: OpenAPIObject | undefined;
  readonly definitions: Definitions;

  constructor(
    @Inject(ERROR_CATALOGUES) catalogues: readonly ErrorCatalogue[],
    private readonly publicUrl: PublicUrl,
  ) {
    this.definitions = new Map(catalogues.flatMap((catalogue) => Object.entries(catalogue.definitions)));
  }

  /** Tells where the routes are. Called once, when the application has been made. */
  attach(app: INestApplication, routes: RouteTable): void {
    this.source = { app, routes };
  }

  get document(): OpenAPIObject {
    this.built ??= this.build();
    return this.built;
  }

  private build(): OpenAPIObject {
    if (!this.source) throw new Error('the OpenAPI document has no application yet');
    const { app, routes } = this.source;
    const document = SwaggerModule.createDocument(app, this.frame(), {
      standardSchemaConverter: convertSchema,
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    });
    const problem = convertSchema(problemSchema, { schemaType: 'output' });
    document.components = {
      ...document.components,
      schemas: { ...document.components?.schemas, ...problem?.components },
      headers: { RequestId: { description: 'Names this request in the log.', schema: { type: 'string' } } },
    };
    for (const route of routes.all) this.complete(document, route);
    return document;
  }

  private frame(): Omit<OpenAPIObject, 'paths'> {
    const builder = new DocumentBuilder()
      .setOpenAPIVersion('3.1.0')
      .setTitle(PRODUCT.name)
      .setVersion(PRODUCT.version)
      .setDescription(DESCRIPTION)
      .setLicense('MIT', 'https://opensource.org/license/mit')
      .addServer(this.publicUrl.origin)
      .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: KEY }, SECURITY_SCHEMES.apiKey)
      .addBearerAuth({ type: 'http', scheme: 'bearer', description: BEARER }, SECURITY_SCHEMES.bearer);
    for (const [name, text] of TAGS) builder.addTag(name, text);
    return builder.build();
  }

  // Adds the errors to the operation of a route, and the request id to all of its answers.
  private complete(document: OpenAPIObject, route: Route): void {
    const item = document.paths[route.url.replaceAll(/:([^/]+)/g, '{$1}')];
    const method = METHODS.find((name) => name === route.method.toLowerCase());
    const operation: Operation | undefined = method && item?.[method];
    if (!operation) return;
    const codes = errorCodesOf(operation, route.declaration);
    operation.responses = { ...operation.responses, ...errorResponses(codes, this.definitions, this.publicUrl.origin) };
    for (const response of Object.values(operation.responses)) {
      if (response && !('$ref' in response)) {
        response.headers = { ...response.headers, 'X-Request-ID': { $ref: '#/components/headers/RequestId' } };
      }
    }
  }
}

const KEY = 'An API key (`ak_…`). That of the first start is in `first-run.json` of the data folder.';
const BEARER = 'The same key as a bearer token, for clients that know nothing else.';

// In the order in which the reference shows them.
const TAGS: readonly (readonly [name: string, text: string])[] = [
  ['goals', 'What is to be done, how far it is, and what came of it'],
  ['live', 'The same as it happens, by server-sent events'],
  ['files', 'Contents that goals work on'],
  ['tools', 'What the tasks of a plan can call'],
  ['playbooks', 'Plans with parameters, by name or by a phrase'],
  ['approvals', 'What waits for a person, and their answers'],
  ['kill switches', 'Stopping a goal, a tenant or everything at once'],
  ['tenants', 'What a tenant decides for itself'],
  ['workers', 'The processes that do the work'],
  ['access', 'Who one is and what one may do'],
  ['health', 'For monitors and balancers'],
];

const DESCRIPTION = `A multi-tenant platform on which organisations let AI agents do real work under real control.

**Conventions.** JSON with \`snake_case\` names. Ids are a prefix and 26 characters (\`goal_…\`); any other form is a 404.
Times are ISO 8601 in UTC with milliseconds. Lists take \`limit\` (at most 200) and \`cursor\`, and answer \`data\` and
\`next_cursor\`. Unknown fields are refused.

**Errors** are problem documents (RFC 9457) with a stable \`code\`; [all codes](/docs/errors), with cause and remedy.

**Repeating safely.** A POST that creates takes \`Idempotency-Key\`: the same key and request get the same answer for 24 hours.`;
