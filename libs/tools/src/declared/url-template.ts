import { checkUrl } from '#libs/outbound';
import { ToolFailure } from '../tool-failure.js';
import type { Arguments } from './declaration.js';
import { type Piece, fill, namesIn, piecesOf } from './pieces.js';

/**
 * Scheme and authority, path, query. No brace may stand in the first of them, so that no argument decides where a request
 * goes; and no backslash, which the URL standard reads as a slash.
 */
const SHAPE = /^(?<origin>https?:\/\/[^/?#{}]+)(?<path>\/[^?#]*)?(?:\?(?<query>[^#]*))?$/i;
const ALLOWED = /^[\x21-\x5b\x5d-\x7e]*$/;

/** What the URL standard takes for `.` and `..` in a path, and removes together with what stands before. */
const DOTS = /^(?:\.|%2e){1,2}$/i;

/** `key=value` in the query of a template. */
interface Pair {
  readonly pieces: readonly Piece[];
  readonly text: string;
}

/** A URL with places for arguments in its path and its query. */
export class UrlTemplate {
  private constructor(
    /** Scheme, host and port. */
    private readonly origin: string,
    private readonly path: readonly Piece[],
    private readonly pairs: readonly Pair[],
  ) {}

  /** The template, or what is wrong with the text, as the end of a sentence that begins with its name. */
  static parse(text: string): UrlTemplate | string {
    if (!ALLOWED.test(text)) {
      return 'must be in visible ASCII without spaces and backslashes: percent-encode everything else.';
    }
    const { origin, path = '/', query } = SHAPE.exec(text)?.groups ?? {};
    if (origin === undefined) {
      return 'must be like `https://api.example.com/cities/{city}?units={units}`: parameters stand in the path and the query only, and there is no fragment.';
    }
    const pieces = piecesOf(path);
    const pairs = query === undefined ? [] : query.split('&').map((pair) => ({ text: pair, pieces: piecesOf(pair) }));
    if (pieces === undefined || pairs.some((pair) => pair.pieces === undefined)) {
      return 'has a parameter without a name: write `{name}`, with letters, digits and `_.-` in it.';
    }
    const template = new UrlTemplate(origin, pieces, pairs as Pair[]);
    return template.fault() ?? template;
  }

  /** Names of the parameters in the path. */
  get pathNames(): string[] {
    return namesIn(this.path);
  }

  get names(): string[] {
    return [...this.pathNames, ...this.pairs.flatMap(({ pieces }) => namesIn(pieces))];
  }

  /** The pairs of the query: their key, and the parameter or the text that is their value. */
  get query(): readonly { readonly key: string; readonly value: string; readonly parameter: string | undefined }[] {
    return this.pairs.map(({ text, pieces }) => {
      const [key = '', value = ''] = text.split('=', 2);
      return { key, value, parameter: namesIn(pieces)[0] };
    });
  }

  /** Where every request goes, whatever its arguments. */
  get home(): string {
    return `${this.origin}/`;
  }

  /**
   * The URL for these arguments. A pair of the query is left out when its argument is not given. Throws
   * `invalid_arguments` for what cannot stand in a URL, or would make another one of it.
   */
  expand(given: Arguments): string {
    for (const name of this.pathNames) {
      // An empty part would address what stands above: all of the things instead of one.
      if (given(name) === undefined || given(name) === '') throw missing(name);
    }
    const path = fill(this.path, given) ?? '/';
    if (path.split('/').some((segment) => DOTS.test(segment))) throw climbs(this.pathNames);
    const pairs = this.pairs.flatMap(({ pieces }) => fill(pieces, given) ?? []);
    return `${this.origin}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
  }

  /** What is wrong with all that does not depend on arguments. */
  private fault(): string | undefined {
    try {
      return checkUrl(this.expand(() => 'x'));
    } catch {
      return 'has a path with `.` or `..` in it: write out where it leads.';
    }
  }
}

function missing(name: string): ToolFailure {
  return new ToolFailure('invalid_arguments', `\`${name}\` is a part of the path and must not be empty.`);
}

function climbs(names: readonly string[]): ToolFailure {
  const quoted = names.map((name) => `\`${name}\``).join(', ');
  return new ToolFailure('invalid_arguments', `${quoted}: \`.\` and \`..\` would lead to another path of the server.`);
}
