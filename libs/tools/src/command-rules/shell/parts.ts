import { decodeEscapes } from './escapes.js';
import { closingOf, endOfUnit } from './units.js';

/** What a word of shell text is made of, once its quotes are understood. */
export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'output'; readonly script: string; readonly isQuoted: boolean }
  | { readonly kind: 'process'; readonly script: string }
  | {
      readonly kind: 'parameter';
      readonly name: string;
      /** What stands behind the name in `${…}`, e.g. `:-default`. */
      readonly change: string;
      readonly isQuoted: boolean;
    };

const NAME = /[A-Za-z_]\w*|[0-9@*#?$!-]/y;
const PLAIN = /[^\\'"`$<>]+/y;
const PLAIN_QUOTED = /[^\\`$]+/y;
const IN_BRACES = /^([A-Za-z_]\w*|\d+|[@*#?$!-])([\s\S]*)$/;

/** The parts of a word as it was written. */
export function partsOf(raw: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  while (at < raw.length) {
    const end = Math.max(endOfPlain(raw, at), endOfUnit(raw, at));
    const unit = raw.slice(at, end);
    const parameter = unit === '$' ? parameterAt(raw, at, false) : undefined;
    if (parameter) parts.push(parameter.part);
    else for (const part of partsOfUnit(unit)) parts.push(part);
    at = parameter?.end ?? end;
  }
  return parts;
}

function endOfPlain(raw: string, at: number): number {
  PLAIN.lastIndex = at;
  return PLAIN.test(raw) ? PLAIN.lastIndex : at;
}

function partsOfUnit(unit: string): Part[] {
  if (unit === '\\\n') return [];
  if (unit.startsWith('\\')) return [{ kind: 'text', text: unit.slice(1), isQuoted: true }];
  if (unit.startsWith("'")) return [{ kind: 'text', text: within(unit, 1, "'"), isQuoted: true }];
  if (unit.startsWith("$'")) return [{ kind: 'text', text: decodeEscapes(within(unit, 2, "'")), isQuoted: true }];
  if (unit.startsWith('"')) return partsOfQuoted(within(unit, 1, '"'));
  if (unit.startsWith('$"')) return partsOfQuoted(within(unit, 2, '"'));
  if (unit.startsWith('<(') || unit.startsWith('>(')) return [{ kind: 'process', script: within(unit, 2, ')') }];
  const substitution = substitutionOf(unit, false);
  return [substitution ?? { kind: 'text', text: unit, isQuoted: false }];
}

/** The parts of a text between double quotes, or of a here-document (where a double quote is a plain character). */
export function partsOfQuoted(text: string): Part[] {
  // An empty text is still a word.
  const parts: Part[] = [{ kind: 'text', text: '', isQuoted: true }];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    PLAIN_QUOTED.lastIndex = at;
    const isSpecial = character === '`' || (character === '$' && (next === '(' || next === '{'));
    const isUnit = isSpecial || (character === '\\' && '$`"\\\n'.includes(next));
    const end = isUnit ? endOfUnit(text, at) : PLAIN_QUOTED.test(text) ? PLAIN_QUOTED.lastIndex : at + 1;
    const unit = text.slice(at, end);
    const parameter = unit === '$' ? parameterAt(text, at, true) : undefined;
    parts.push(
      parameter?.part ?? substitutionOf(unit, true) ?? { kind: 'text', text: unescaped(unit), isQuoted: true },
    );
    at = parameter?.end ?? end;
  }
  return parts;
}

function unescaped(unit: string): string {
  if (unit === '\\\n') return '';
  return unit.length === 2 && unit.startsWith('\\') ? unit.slice(1) : unit;
}

function substitutionOf(unit: string, isQuoted: boolean): Part | undefined {
  if (unit.startsWith('$(')) return { kind: 'output', script: within(unit, 2, ')'), isQuoted };
  if (unit.startsWith('`'))
    return { kind: 'output', script: within(unit, 1, '`').replace(/\\([\\`$])/g, '$1'), isQuoted };
  if (!unit.startsWith('${')) return undefined;
  const inside = unit.slice(2, closingOf(unit, 2, '{'));
  const [, name = '', change = ''] = IN_BRACES.exec(inside) ?? [];
  return { kind: 'parameter', name, change, isQuoted };
}

function parameterAt(text: string, at: number, isQuoted: boolean): { part: Part; end: number } | undefined {
  NAME.lastIndex = at + 1;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return undefined;
  return { part: { kind: 'parameter', name, change: '', isQuoted }, end: at + 1 + name.length };
}

/** Without the opening and, where there is one, the closing. */
function within(unit: string, from: number, closing: string): string {
  return unit.length > from && unit.endsWith(closing) ? unit.slice(from, -1) : unit.slice(from);
}
