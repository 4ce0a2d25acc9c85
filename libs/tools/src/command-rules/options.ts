/** How a program reads its options: those that take a value in the next argument. */
export interface OptionStyle {
  /** Letters, e.g. `uC`. */
  readonly letters?: string;
  /** Long names without dashes. */
  readonly words?: readonly string[];
  /** Whether what follows the first operand is no option any more, as in programs that start others. */
  readonly endAtOperand?: boolean;
}

/** Arguments of a program in the usual style of GNU and POSIX. */
export class Options {
  /** Letters and long names, in order, each with its value where it has one. */
  readonly given: (readonly [name: string, value: string | undefined])[] = [];
  readonly operands: string[] = [];

  constructor(
    args: readonly string[],
    private readonly style: OptionStyle = {},
  ) {
    let at = 0;
    while (at < args.length) {
      const argument = args[at]!;
      if (argument === '--') at += 1;
      if (argument === '--' || (!isOption(argument) && style.endAtOperand)) {
        this.operands.push(...args.slice(at));
        return;
      }
      if (isOption(argument)) at += this.take(argument, args[at + 1]);
      else this.operands.push(argument);
      at += 1;
    }
  }

  /** Whether an option was given, by its letter or by a long name or the beginning of it. */
  has(letter: string, word?: string): boolean {
    return this.given.some(([name]) => name === letter || (word !== undefined && isShortFor(name, word)));
  }

  /** Values given with an option. */
  valuesOf(letter: string, word?: string): string[] {
    return this.given.flatMap(([name, value]) => {
      const isMeant = name === letter || (word !== undefined && isShortFor(name, word));
      return isMeant && value !== undefined ? [value] : [];
    });
  }

  /** Returns how many of the next arguments belong to the option. */
  private take(argument: string, next: string | undefined): number {
    return argument.startsWith('--') ? this.takeWord(argument.slice(2), next) : this.takeLetters(argument, next);
  }

  private takeWord(text: string, next: string | undefined): number {
    const equals = text.indexOf('=');
    if (equals !== -1) {
      this.given.push([text.slice(0, equals), text.slice(equals + 1)]);
      return 0;
    }
    const takesNext = this.style.words?.some((word) => isShortFor(text, word)) ?? false;
    this.given.push([text, takesNext ? next : undefined]);
    return takesNext ? 1 : 0;
  }

  private takeLetters(argument: string, next: string | undefined): number {
    for (let at = 1; at < argument.length; at += 1) {
      const letter = argument.charAt(at);
      const rest = argument.slice(at + 1);
      const takesValue = this.style.letters?.includes(letter) ?? false;
      this.given.push([letter, takesValue ? rest || next : undefined]);
      if (takesValue) return rest === '' ? 1 : 0;
    }
    return 0;
  }
}

function isOption(argument: string): boolean {
  return argument.length > 1 && argument.startsWith('-');
}

/** Programs take the beginning of a long name for the whole, e.g. `--rec` for `--recursive`. */
function isShortFor(given: string, word: string): boolean {
  return given === word || (given.length > 1 && word.startsWith(given));
}
