/** Characters that do nothing good on a terminal: control codes, and what turns, hides or joins its neighbours. */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex -- finding control characters is the point
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/g;

/**
 * Text from elsewhere as it can be shown: what would move the cursor, hide something or turn the direction around is
 * written out as a code, so that nobody approves something other than what they read. Line ends stay.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same in one line. */
export function oneLine(text: string): string {
  return visible(text.replace(/\s+/g, ' ').trim());
}

const SEGMENTS = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

/** Columns of a terminal that a text takes; escape sequences of colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of SEGMENTS.segment(withoutColours(text))) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

// oxlint-disable-next-line no-control-regex -- the escape character begins every colour
const COLOUR = /\u001b\[[0-9;]*m/g;

function withoutColours(text: string): string {
  return text.replace(COLOUR, '');
}

/** At most that many columns, with an ellipsis where something is left out. The text has no colours yet. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of SEGMENTS.segment(text)) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns > 0 ? `${kept}…` : '';
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - widthOf(text))) + text;
}

/** Words in lines of at most that many columns; a longer word gets a line of its own, since it may be an address. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** All of a line in pieces of at most that many columns. */
export function fold(line: string, columns: number): string[] {
  const pieces = [''];
  let width = 0;
  for (const { segment } of SEGMENTS.segment(line)) {
    width += widthOf(segment);
    if (width > columns) {
      pieces.push('');
      width = widthOf(segment);
    }
    pieces[pieces.length - 1] += segment;
  }
  return pieces;
}

/** `0.4 s`, `12.3 s`, `4 min 05 s`, `2 h 10 min`, `3 days`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** Milliseconds below a second, which is what most tools take. */
export function shortTime(milliseconds: number): string {
  return milliseconds < 999.5 ? `${Math.round(milliseconds)} ms` : duration(milliseconds);
}

/** `183 B`, `4.7 KiB`, `3.6 MiB`. */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  const kibibytes = size / 1024;
  return kibibytes < 1024 ? `${kibibytes.toFixed(1)} KiB` : `${(kibibytes / 1024).toFixed(1)} MiB`;
}

/** `4,000` and `1,234.5`. */
export function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 2 });
}

/** `1 task`, `3 tasks`. */
export function count(number: number, word: string): string {
  return `${figure(number)} ${word}${number === 1 ? '' : 's'}`;
}
