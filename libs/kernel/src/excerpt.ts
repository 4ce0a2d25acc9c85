/** Characters of a caller's text that an error message repeats: enough to find it, too few to swell the answer. */
const EXCERPT_LENGTH = 128;

/** A caller's text as an error message quotes it: whole where it is short, cut off with an ellipsis otherwise. */
export function excerpt(text: string, length: number = EXCERPT_LENGTH): string {
  if (text.length <= length) return text;
  // The cut may fall into a surrogate pair, and half of one can be neither stored nor sent.
  return `${text.slice(0, length).toWellFormed()}…`;
}
