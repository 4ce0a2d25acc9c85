/** What a shell would do more with than split words. No shell reads these commands, so they would mean something else. */
const SHELL = /[|&;<>()$`*?[\]{}~#!\n]/;

/** The words of a command; a text says why it is not taken. Quotes hold words together, a backslash has no meaning. */
export function commandWords(command: string): readonly string[] | string {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const character of command) {
    if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (SHELL.test(character) || character === '\\') {
      return `\`${character}\` is for shells, and no shell reads this: put it in quotes, or write it as several steps.`;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return 'A quote is not closed.';
  if (word !== undefined) words.push(word);
  return words.length === 0 ? 'The command is empty.' : words;
}
