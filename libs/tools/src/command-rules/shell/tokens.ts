import { endOfLine, endOfUnit } from './units.js';

/** A piece of shell text. Words are as they were written, with their quotes. */
export type Token =
  | { readonly kind: 'word'; readonly raw: string }
  | { readonly kind: 'operator'; readonly text: string }
  | { readonly kind: 'redirect'; readonly operator: string; readonly target: string }
  | { readonly kind: 'document'; readonly body: string; readonly isQuoted: boolean };

interface Awaited {
  delimiter: string;
  isQuoted: boolean;
  hasTabs: boolean;
  place: number;
}

const REDIRECTION = /&>>|&>|<<<|<<-|<<|<>|<&|>>|>&|>\||<(?!\()|>(?!\()/y;
const OPERATOR = /&&|\|\||;;&|;;|;&|\|&|[;&|()\n]/y;
const BLANK = /(?:[ \t\r]|\\\n)+/y;

/**
 * Parts a text as POSIX shells and bash do. Ours and not a package's: a line break must end a command, here-documents
 * must be told from commands, and quoted patterns from unquoted ones.
 */
export function tokensOf(text: string): Token[] {
  return new Tokeniser(text.includes('\\\n') ? withoutContinuations(text) : text).run();
}

/** Shells take a backslash before a line break out of everything but single quotes, before they see words at all. */
function withoutContinuations(text: string): string {
  const kept: string[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const isEscape = character === '\\' && quote !== "'";
    if (!isEscape || text.charAt(at + 1) !== '\n') kept.push(isEscape ? text.slice(at, at + 2) : character);
    if (isEscape) at += 1;
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
  }
  return kept.join('');
}

class Tokeniser {
  private at = 0;
  private readonly tokens: Token[] = [];
  private awaited: Awaited[] = [];

  constructor(private readonly text: string) {}

  run(): Token[] {
    while (this.at < this.text.length) this.next();
    return this.tokens;
  }

  private next(): void {
    if (this.match(BLANK) !== undefined) return;
    if (this.text.charAt(this.at) === '#') {
      this.at = endOfLine(this.text, this.at);
      return;
    }
    const redirection = this.match(REDIRECTION);
    if (redirection !== undefined) {
      this.redirect(redirection);
      return;
    }
    const operator = this.match(OPERATOR);
    if (operator === undefined) {
      this.tokens.push({ kind: 'word', raw: this.word() });
      return;
    }
    this.tokens.push({ kind: 'operator', text: operator });
    if (operator === '\n') this.readDocuments();
  }

  private match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const found = expression.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** Never empty where no operator and no blank begins. */
  private word(): string {
    const from = this.at;
    while (this.at < this.text.length) {
      const character = this.text.charAt(this.at);
      const isProcess = '<>'.includes(character) && this.text.charAt(this.at + 1) === '(';
      if (!isProcess && ' \t\r\n;&|()<>'.includes(character)) break;
      this.at = endOfUnit(this.text, this.at);
    }
    return this.text.slice(from, this.at);
  }

  private redirect(operator: string): void {
    const before = this.tokens.at(-1);
    const start = this.at - operator.length;
    // The number of a descriptor stands directly before: `2>file`.
    if (before?.kind === 'word' && /^\d+$/.test(before.raw) && /\d/.test(this.text.charAt(start - 1)))
      this.tokens.pop();
    this.match(BLANK);
    const target = this.word();
    if (operator !== '<<' && operator !== '<<-') {
      this.tokens.push({ kind: 'redirect', operator, target });
      return;
    }
    const isQuoted = /['"\\]/.test(target);
    const delimiter = target.replace(/['"\\]|^\$(?=['"])/g, '');
    this.awaited.push({ delimiter, isQuoted, hasTabs: operator === '<<-', place: this.tokens.length });
    this.tokens.push({ kind: 'document', body: '', isQuoted });
  }

  private readDocuments(): void {
    for (const document of this.awaited) {
      const body = this.documentBody(document);
      this.tokens[document.place] = { kind: 'document', body, isQuoted: document.isQuoted };
    }
    this.awaited = [];
  }

  private documentBody({ delimiter, hasTabs }: Awaited): string {
    const lines: string[] = [];
    while (this.at < this.text.length) {
      const end = endOfLine(this.text, this.at);
      const written = this.text.slice(this.at, end);
      const line = hasTabs ? written.replace(/^\t+/, '') : written;
      this.at = Math.min(end + 1, this.text.length);
      if (line === delimiter) break;
      lines.push(line, '\n');
    }
    return lines.join('');
  }
}
