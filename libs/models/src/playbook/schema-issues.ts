import type { ErrorObject } from 'ajv/dist/2020.js';
import { type InputIssue, type JsonValue, excerpt } from '#libs/kernel';

const MAX_ISSUES = 20;

const words = (value: unknown): string => excerpt(JSON.stringify(value) ?? '', 80);

function sentence({ keyword, params, message }: ErrorObject): string {
  const given = params as Readonly<Record<string, unknown>>;
  if (keyword === 'additionalProperties') return 'is unknown here: remove it.';
  if (keyword === 'required') return 'is required.';
  if (keyword === 'enum') return `must be one of ${words(given['allowedValues'])}.`;
  if (keyword === 'const') return `must be ${words(given['allowedValue'])}.`;
  if (keyword === 'type') return `must be of type ${String(given['type']).replaceAll(',', ' or ')}.`;
  if (keyword === 'format') return FORMAT_WORDS[String(given['format'])] ?? 'has the wrong form.';
  return `${(message ?? 'does not fit').replace('must NOT', 'must not')}.`;
}

const FORMAT_WORDS: Readonly<Record<string, string>> = {
  'workspace-path': 'must be a path relative to the workspace, e.g. `data/in.csv`.',
  'workspace-folder': 'must be a folder relative to the workspace, e.g. `data`, or `.` for all of it.',
  url: 'must be a URL that begins with http:// or https://.',
  date: 'must be a date like 2026-12-01.',
};

/** What Ajv found, with the paths and in the words of this product. Missing and unknown fields are named in the path. */
export function toIssues(errors: readonly ErrorObject[] | null | undefined, at: string): InputIssue[] {
  return (errors ?? []).slice(0, MAX_ISSUES).map((error) => {
    const params = error.params as Readonly<Record<string, unknown>>;
    const names = error.instancePath
      .split('/')
      .slice(1)
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const own = params['missingProperty'] ?? params['additionalProperty'];
    if (typeof own === 'string') names.push(excerpt(own));
    return { path: [...(at === '' ? [] : [at]), ...names].join('.'), message: sentence(error) };
  });
}

/** A value as a message or a table shows it. */
export function shown(value: JsonValue): string {
  return typeof value === 'string' ? `\`${excerpt(value, 80)}\`` : `\`${words(value)}\``;
}
