import { type JsonObject, type JsonValue, isJsonObject } from '#libs/kernel';

const SECRET_NAME =
  /pass(word|wd|phrase)?$|secret|token$|api[-_]?key|access[-_]?key|authorization|cookie|credentials?$|private[-_]?key/i;
const MASK = '***';

/** `name=value` in the query of an address or the body of a form. Names are bounded, so that time stays linear. */
const QUERY = /([?&]([\w.-]{1,64})=)[^&#\s"']+/g;
/** A password in an address. */
const USER = /(\/\/[^/\s:@]{1,256}:)[^/\s@]+@/g;
/** A header, as commands take them. */
const HEADER = /^([\w-]{1,64}):\s*\S/;
/** An option with its value, and one whose value is the next word. */
const OPTION = /^(--?([\w-]{1,64})=)./;
const OPTION_NAME = /^--?([\w-]{1,64})$/;

/**
 * A copy of arguments in which secrets are hidden: whatever stands under a name like that of a secret, and in texts the
 * passwords of addresses, query values, headers and options of such names. What code holds is not seen.
 */
export function maskSecrets(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, SECRET_NAME.test(key) ? hidden(child) : masked(child)]),
  );
}

function masked(value: JsonValue): JsonValue {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return maskWords(value);
  return isJsonObject(value) ? maskSecrets(value) : value;
}

/** A list may be the words of a command. */
function maskWords(words: readonly JsonValue[]): JsonValue[] {
  return words.map((word, n) => (followsOption(words[n - 1]) ? hidden(word) : masked(word)));
}

/** Everything in it, whatever its form, so that the form can still be seen. */
function hidden(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(hidden);
  if (!isJsonObject(value)) return value === null ? null : MASK;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, hidden(child)]));
}

function maskText(text: string): string {
  const header = HEADER.exec(text)?.[1];
  if (header !== undefined && SECRET_NAME.test(header)) return `${header}: ${MASK}`;
  const option = OPTION.exec(text);
  if (option && SECRET_NAME.test(option[2] ?? '')) return `${option[1]}${MASK}`;
  return text
    .replaceAll(USER, `$1${MASK}@`)
    .replaceAll(QUERY, (whole, start: string, name: string) => (SECRET_NAME.test(name) ? `${start}${MASK}` : whole));
}

function followsOption(word: JsonValue | undefined): boolean {
  const name = typeof word === 'string' ? OPTION_NAME.exec(word)?.[1] : undefined;
  return name !== undefined && SECRET_NAME.test(name);
}
