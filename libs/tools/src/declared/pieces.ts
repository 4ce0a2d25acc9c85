import type { JsonValue } from '#libs/kernel';
import { ToolFailure } from '../tool-failure.js';
import type { Arguments } from './declaration.js';

/** A part of a URL's template: text that stands for itself, or an argument. */
export type Piece = { readonly text: string } | { readonly name: string };

const NAME = /^[A-Za-z0-9_.-]{1,64}$/;

/** Longer values cannot be part of a URL that anybody requests. */
const MAX_VALUE_LENGTH = 8192;

/** The pieces of a text with places like `{city}`; undefined where its braces make no sense. */
export function piecesOf(text: string): Piece[] | undefined {
  const parts = text.split(/\{([^{}]*)\}/);
  // What stood in braces is at every second place.
  const pieces = parts.map((part, n): Piece => (n % 2 === 0 ? { text: part } : { name: part }));
  const isSound = pieces.every((piece) => ('text' in piece ? !/[{}]/.test(piece.text) : NAME.test(piece.name)));
  return isSound ? pieces : undefined;
}

export function namesIn(pieces: readonly Piece[]): string[] {
  return pieces.flatMap((piece) => ('name' in piece ? [piece.name] : []));
}

/** RFC 3986, section 2.3: everything but the unreserved characters, also the few that encodeURIComponent leaves. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** An argument as text; throws `invalid_arguments` for what is no text, number, true or false. */
export function textOf(name: string, value: JsonValue | undefined): string {
  if (typeof value === 'string' && value.isWellFormed()) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new ToolFailure('invalid_arguments', `\`${name}\` must be text, a number, true or false here.`);
}

/** The text with every argument in its place, percent-encoded; undefined when one of them is not given. */
export function fill(pieces: readonly Piece[], given: Arguments): string | undefined {
  let filled = '';
  for (const piece of pieces) {
    if ('text' in piece) filled += piece.text;
    else {
      const value = given(piece.name);
      if (value === undefined) return undefined;
      const text = textOf(piece.name, value);
      if (text.length + filled.length > MAX_VALUE_LENGTH) {
        throw new ToolFailure('invalid_arguments', `\`${piece.name}\` is too long for a URL: shorten it.`);
      }
      filled += encode(text);
    }
  }
  return filled;
}
