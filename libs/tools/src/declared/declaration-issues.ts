import { type InputIssue, type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';
import { takesBody } from '../web/methods.js';
import { type HttpTemplate, type ToolDeclaration, parameterOf } from './declaration.js';
import { type DeclaredToolParts, baseOf } from './declared-tool.js';
import { expansionOf } from './expansion.js';
import { misreadCode } from './javascript-syntax.js';
import { secretIssues } from './secrets.js';
import { understatements } from './strength.js';
import { UrlTemplate } from './url-template.js';
import { parametersIn } from './value-template.js';

/** Where a parameter stands. */
interface Use {
  readonly name: string;
  readonly at: string;
  /** Whether no request could be made without it. */
  readonly isNeeded: boolean;
}

/** What is wrong with a declaration beyond its form, with the paths of its fields. */
export function declarationIssues(declaration: ToolDeclaration, parts: DeclaredToolParts): InputIssue[] {
  const issues = [
    ...schemaIssues(declaration, parts),
    ...(declaration.http ? httpIssues(declaration, declaration.http) : []),
    ...codeIssues(declaration),
  ];
  // The rest can be asked only of what makes sense so far.
  return issues.length > 0 ? issues : callIssues(declaration, parts);
}

function schemaIssues({ input_schema, output_schema }: ToolDeclaration, { schemas }: DeclaredToolParts): InputIssue[] {
  const below = (field: string, schema: JsonObject): InputIssue[] =>
    schemas
      .validateSchema(schema)
      .map(({ path, message }) => ({ path: path === '' ? field : `${field}.${path}`, message }));
  const issues = below('input_schema', input_schema);
  if (input_schema['type'] !== 'object') {
    issues.push({ path: 'input_schema.type', message: 'must be `object`: arguments have names.' });
  }
  return [...issues, ...(output_schema === undefined ? [] : below('output_schema', output_schema))];
}

function codeIssues({ javascript }: ToolDeclaration): InputIssue[] {
  const message = javascript && misreadCode(javascript.code);
  return message === undefined ? [] : [{ path: 'javascript.code', message }];
}

function httpIssues({ input_schema }: ToolDeclaration, http: HttpTemplate): InputIssue[] {
  const url = UrlTemplate.parse(http.url);
  if (typeof url === 'string') return [{ path: 'http.url', message: url }];
  const issues = [
    ...usesOf(http, url).flatMap((use) => useIssues(use, input_schema)),
    ...misshapenHeaders(http.headers ?? {}),
    ...secretIssues(http, url),
  ];
  if (http.body !== undefined && !takesBody(http.method)) {
    issues.push({
      path: 'http.body',
      message: `is not sent with ${http.method}: leave it out, or use another method.`,
    });
  }
  return issues;
}

function usesOf({ headers = {}, body = null }: HttpTemplate, url: UrlTemplate): Use[] {
  const inPath = new Set(url.pathNames);
  const inValues = [
    ...Object.entries(headers).flatMap(([name, value]) => parametersIn(value, `http.headers.${name}`)),
    ...parametersIn(body, 'http.body'),
  ];
  return [
    ...url.names.map((name) => ({ name, at: 'http.url', isNeeded: inPath.has(name) })),
    ...inValues.map((use) => ({ ...use, isNeeded: false })),
  ];
}

function useIssues({ name, at, isNeeded }: Use, schema: JsonObject): InputIssue[] {
  const properties = schema['properties'];
  if (!isJsonObject(properties) || !Object.hasOwn(properties, name)) {
    const message = `names \`${name}\`, which is no argument: declare it in \`input_schema.properties\`.`;
    return [{ path: at, message }];
  }
  const required: JsonValue = schema['required'] ?? [];
  if (!isNeeded || (Array.isArray(required) && required.includes(name))) return [];
  return [{ path: at, message: `needs \`${name}\` for its path: add it to \`input_schema.required\`.` }];
}

function misshapenHeaders(headers: NonNullable<HttpTemplate['headers']>): InputIssue[] {
  const message = 'must be text or `{"$param": "name"}`.';
  return Object.entries(headers)
    .filter(([, value]) => typeof value !== 'string' && parameterOf(value) === undefined)
    .map(([name]) => ({ path: `http.headers.${name}`, message }));
}

/** What the built-in tool says to the call, and whether the declaration makes less of it than it is. */
function callIssues(declaration: ToolDeclaration, parts: DeclaredToolParts): InputIssue[] {
  const expansion = expansionOf(declaration);
  const base = baseOf(expansion, parts);
  const sketch = expansion.sketch({});
  const at = declaration.http ? 'http' : 'javascript';
  const fixed = declaration.http ? { ...sketch, headers: fixedHeaders(declaration.http) } : { ...sketch, input: {} };
  const checked = base.input.checkResolved(fixed);
  const wrong = checked.ok ? [] : checked.issues.map(({ path, message }) => ({ path: `${at}.${path}`, message }));
  const blocked = base.blocked(sketch).map(({ argument, reason }) => ({ path: `${at}.${argument}`, message: reason }));
  const facts = base.facts(sketch);
  const what = declaration.http ? `a ${declaration.http.method} request` : 'JavaScript';
  const weak = understatements(declaration, facts, what);
  return [...wrong, ...blocked, ...weak];
}

function fixedHeaders({ headers = {} }: HttpTemplate): Record<string, string> {
  // Values that calls bring along are checked with them; the names are known now.
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : 'x']),
  );
}
