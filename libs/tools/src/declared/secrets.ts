import { type InputIssue, type JsonValue, isJsonObject } from '#libs/kernel';
import { type HttpTemplate, parameterOf } from './declaration.js';
import type { UrlTemplate } from './url-template.js';

/** Names under which secrets are sent; the same words that journals and approvals mask. */
const SECRET_NAME = /pass(word|wd|phrase)?$|secret|token|api[-_]?key|authorization|cookie|credential|private[-_]?key/i;

const STORED =
  'looks like a secret, and everybody who may see tools would see it: let each call bring it along as a parameter.';
const UNMASKED =
  'is sent under a name like a secret’s: name the parameter so, too (e.g. `api_key`), so that its value is masked in records.';

/**
 * Secrets have no safe place in a declaration, which everybody with `tool:read` sees: none may be written down in it,
 * and a parameter that stands for one must be named so that what records calls knows it for one.
 */
export function secretIssues({ headers = {}, body }: HttpTemplate, url: UrlTemplate): InputIssue[] {
  return [
    ...url.query.flatMap(({ key, value, parameter }) => judge('http.url', key, parameter, value !== '')),
    ...Object.entries(headers).flatMap(([name, value]) => judgeValue(`http.headers.${name}`, name, value)),
    ...(body === undefined ? [] : within(body, 'http.body')),
  ];
}

function within(value: JsonValue, at: string): InputIssue[] {
  if (typeof value !== 'object' || value === null || parameterOf(value) !== undefined) return [];
  return Object.entries(value).flatMap(([key, child]: [string, JsonValue]) => [
    ...(isJsonObject(value) ? judgeValue(`${at}.${key}`, key, child) : []),
    ...within(child, `${at}.${key}`),
  ]);
}

function judgeValue(path: string, name: string, value: JsonValue): InputIssue[] {
  return judge(path, name, parameterOf(value), typeof value === 'string' && value !== '');
}

function judge(path: string, name: string, parameter: string | undefined, isWritten: boolean): InputIssue[] {
  if (!SECRET_NAME.test(name)) return [];
  if (parameter !== undefined) return SECRET_NAME.test(parameter) ? [] : [{ path, message: UNMASKED }];
  return isWritten ? [{ path, message: STORED }] : [];
}
