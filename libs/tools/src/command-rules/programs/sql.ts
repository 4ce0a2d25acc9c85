/** How a dialect writes what is not a statement. */
export interface Dialect {
  /** `#` begins a comment, `/*!` does not, and `\` escapes in texts. */
  readonly isMySql: boolean;
}

interface Lexed {
  /** Words in capitals, `;`, and `.` for anything else. */
  readonly words: readonly string[];
  readonly texts: readonly string[];
}

/** Words that let a text be run as a statement. */
const RUNNING = new Set(['EXECUTE', 'PREPARE', 'DO', 'GEXEC', 'EXEC', 'DBLINK_EXEC']);
const MAX_DEPTH = 3;

/**
 * The statement in a text that drops a whole database, in capitals; undefined if there is none. `DROP SCHEMA` is the
 * same in MySQL; elsewhere with CASCADE, which takes all tables along. Comments and texts do not count, unless the
 * text is run by EXECUTE or the like.
 */
export function droppingStatement(sql: string, dialect: Dialect, depth = 0): string | undefined {
  const { words, texts } = lex(sql, dialect);
  for (const [at, word] of words.entries()) {
    if (word === 'DROP') {
      const found = dropped(words.slice(at + 1, at + 40), dialect);
      if (found !== undefined) return `DROP ${found}`;
    }
  }
  if (depth >= MAX_DEPTH || !words.some((word) => RUNNING.has(word))) return undefined;
  for (const text of texts) {
    const found = droppingStatement(text, dialect, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function dropped(words: readonly string[], { isMySql }: Dialect): string | undefined {
  const [object] = words;
  if (object === 'DATABASE' || object === 'KEYSPACE') return object;
  if (object !== 'SCHEMA') return undefined;
  const end = words.indexOf(';');
  const takesAll = words.slice(0, end === -1 ? undefined : end).includes('CASCADE');
  return isMySql ? object : takesAll ? 'SCHEMA … CASCADE' : undefined;
}

const SPACE = /\s+/y;
const WORD = /[A-Za-z_][\w$]*/y;
const DOLLAR = /\$(?:[A-Za-z_]\w*)?\$/y;
const LINE_COMMENT = /--[^\n]*/y;
const HASH_COMMENT = /#[^\n]*/y;

function lex(sql: string, { isMySql }: Dialect): Lexed {
  const words: string[] = [];
  const texts: string[] = [];
  let at = 0;
  while (at < sql.length) {
    const skipped =
      match(SPACE, sql, at) ?? match(LINE_COMMENT, sql, at) ?? (isMySql ? match(HASH_COMMENT, sql, at) : undefined);
    const word = skipped === undefined ? match(WORD, sql, at) : undefined;
    const dollar = skipped === undefined && !isMySql ? match(DOLLAR, sql, at) : undefined;
    const character = sql.charAt(at);
    if (skipped !== undefined) at += skipped.length;
    else if (word !== undefined) {
      words.push(word.toUpperCase());
      at += word.length;
    } else if (sql.startsWith('/*', at)) at = endOfComment(sql, at, isMySql);
    else if (dollar !== undefined || `'"\``.includes(character)) {
      const opening = dollar ?? character;
      const escapes = isMySql || /e/i.test(sql.charAt(at - 1));
      const end =
        dollar === undefined ? endOfText(sql, at + 1, character, escapes) : endOf(sql, dollar, at + dollar.length);
      texts.push(sql.slice(at + opening.length, end - opening.length));
      words.push('.');
      at = end;
    } else {
      words.push(character === ';' ? ';' : '.');
      at += 1;
    }
  }
  return { words, texts };
}

function match(expression: RegExp, text: string, at: number): string | undefined {
  expression.lastIndex = at;
  return expression.exec(text)?.[0];
}

/** Behind the comment; in MySQL, what begins with `/*!` and a version is run. PostgreSQL's comments nest. */
function endOfComment(sql: string, from: number, isMySql: boolean): number {
  if (isMySql) {
    const version = match(/\/\*M?!\d*/y, sql, from);
    return version === undefined ? endOf(sql, '*/', from + 2) : from + version.length;
  }
  let depth = 1;
  let at = from + 2;
  while (at < sql.length && depth > 0) {
    const isEdge = sql.startsWith('/*', at) || sql.startsWith('*/', at);
    if (isEdge) depth += sql.charAt(at) === '/' ? 1 : -1;
    at += isEdge ? 2 : 1;
  }
  return at;
}

function endOfText(sql: string, from: number, quote: string, escapes: boolean): number {
  let at = from;
  while (at < sql.length && sql.charAt(at) !== quote) at += escapes && sql.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at + 1, sql.length);
}

function endOf(sql: string, closing: string, from: number): number {
  const found = sql.indexOf(closing, from);
  return found === -1 ? sql.length : found + closing.length;
}
