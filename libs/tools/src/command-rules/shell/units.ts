/*
 * Where the parts of shell text end. All of it reads forwards without going back, and takes what is never closed to
 * reach to the end: so it is linear in the length of any text, sensible or not.
 */

const CLOSING: Readonly<Record<string, string>> = { '(': ')', '{': '}', '"': '"' };

/** The end (exclusive) of what begins at `at`: a quoted text, a substitution, an escaped or a plain character. */
export function endOfUnit(text: string, at: number): number {
  const character = text.charAt(at);
  const next = text.charAt(at + 1);
  if (character === '\\') return Math.min(at + 2, text.length);
  if (character === "'") return after(text, text.indexOf("'", at + 1));
  if (character === '"') return after(text, closingOf(text, at + 1, '"'));
  if (character === '`') return endOfEscapable(text, at + 1, '`');
  if (character === '$' && next === "'") return endOfEscapable(text, at + 2, "'");
  if (character === '$' && next === '"') return after(text, closingOf(text, at + 2, '"'));
  if (character === '$' && next === '{') return after(text, closingOf(text, at + 2, '{'));
  if ('$<>'.includes(character) && next === '(') return after(text, closingOf(text, at + 2, '('));
  return at + 1;
}

/** Where the bracket or double quote closes that was opened before `from`; the end of the text if nowhere. */
export function closingOf(text: string, from: number, opener: '(' | '{' | '"'): number {
  const open: string[] = [opener];
  let at = from;
  while (at < text.length) {
    const innermost = open.at(-1) ?? opener;
    const opened = openedAt(text, at, innermost);
    if (text.charAt(at) === CLOSING[innermost]) {
      open.pop();
      if (open.length === 0) return at;
      at += 1;
    } else if (opened !== undefined) {
      open.push(opened);
      at += text.charAt(at) === '$' ? 2 : 1;
    } else {
      at = endInside(text, at, innermost);
    }
  }
  return text.length;
}

function openedAt(text: string, at: number, innermost: string): string | undefined {
  const character = text.charAt(at);
  const next = text.charAt(at + 1);
  if (character === '$' && (next === '(' || next === '{')) return next;
  if (innermost === '"') return undefined;
  if (character === '"' || (character === '(' && innermost === '(')) return character;
  return undefined;
}

/** The end of what does not open anything. */
function endInside(text: string, at: number, innermost: string): number {
  const character = text.charAt(at);
  if (innermost === '"') return character === '\\' || character === '`' ? endOfUnit(text, at) : at + 1;
  if (character === '#' && innermost === '(' && /[\s;&|(]/.test(text.charAt(at - 1))) return endOfLine(text, at);
  if (character === '$' && text.charAt(at + 1) !== "'") return at + 1;
  return '<>'.includes(character) ? at + 1 : endOfUnit(text, at);
}

/** Where the line ends: at its line break, or at the end of the text. */
export function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}

function endOfEscapable(text: string, from: number, closing: string): number {
  let at = from;
  while (at < text.length && text.charAt(at) !== closing) at += text.charAt(at) === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

function after(text: string, closing: number): number {
  return closing === -1 ? text.length : Math.min(closing + 1, text.length);
}
