import { LineCounter, type Node, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { type InputIssue, type JsonValue, excerpt, isStorableText } from '#libs/kernel';

/** Characters of a playbook. The parser works in proportion to them: the worst text takes a fraction of a second. */
const MAX_SOURCE_LENGTH = 64 * 1024;
/** Levels of lists and objects. */
const MAX_DEPTH = 40;
const MAX_ISSUES = 20;

export type YamlSource =
  | {
      readonly ok: true;
      readonly value: JsonValue;
      /** Where the value at a path begins, as the end of a message: ` (line 3, column 5)`. */
      readonly where: (path: string) => string;
    }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

const refused = (message: string): YamlSource => ({ ok: false, issues: [{ path: '', message }] });

/**
 * Reads YAML 1.2 that says no more than JSON can: no tags, no anchors and aliases (so nothing can unfold), keys are
 * text and stand once. Never throws.
 */
export function readYaml(text: string): YamlSource {
  if (text.length > MAX_SOURCE_LENGTH) return refused(`A playbook has at most ${MAX_SOURCE_LENGTH} characters.`);
  if (!isStorableText(text)) return refused('The text holds a NUL character or half of a surrogate pair: remove it.');
  const lines = new LineCounter();
  try {
    // Keys that stand twice are found below, by a set: the parser compares each with each.
    const document = parseDocument(text, {
      lineCounter: lines,
      uniqueKeys: false,
      prettyErrors: false,
      // With 'silent' a second document would be passed over.
      logLevel: 'error',
      stringKeys: false,
    });
    const at = (offset: number): string => {
      const { line, col } = lines.linePos(offset);
      return ` (line ${line}, column ${col})`;
    };
    if (document.errors.length > 0) {
      const issues = document.errors
        .slice(0, MAX_ISSUES)
        .map((error) => ({ path: '', message: `${excerpt(error.message, 200)}${at(error.pos[0])}` }));
      return { ok: false, issues };
    }
    return new Reader(at).read(document.contents);
  } catch (error) {
    if (error instanceof RangeError) return refused('The text is nested too deep: make it flatter.');
    throw error;
  }
}

class Reader {
  private readonly issues: InputIssue[] = [];
  private readonly offsets = new Map<string, number>();

  constructor(private readonly at: (offset: number) => string) {}

  read(root: Node | null): YamlSource {
    const value = this.value(root, '', 0);
    if (this.issues.length > 0) return { ok: false, issues: this.issues };
    return { ok: true, value, where: (path) => this.where(path) };
  }

  /** The nearest place above that stands in the text: what is missing has no place of its own. */
  private where(path: string): string {
    for (let part = path; part !== ''; part = part.slice(0, Math.max(0, part.lastIndexOf('.')))) {
      const offset = this.offsets.get(part);
      if (offset !== undefined) return this.at(offset);
    }
    return '';
  }

  private refuse(path: string, offset: number, message: string): null {
    if (this.issues.length < MAX_ISSUES) this.issues.push({ path, message: `${message}${this.at(offset)}` });
    return null;
  }

  private value(node: unknown, path: string, depth: number): JsonValue {
    if (node === null || node === undefined || this.issues.length >= MAX_ISSUES) return null;
    const offset = (node as Node).range?.[0] ?? 0;
    if (path !== '') this.offsets.set(path, offset);
    if (depth > MAX_DEPTH) return this.refuse('', offset, `Nested deeper than ${MAX_DEPTH} levels: make it flatter.`);
    if (isAlias(node)) return this.refuse(path, offset, `Aliases (*${node.source}) are not read: write the value out.`);
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.tag !== undefined) return this.refuse(path, offset, 'Tags (!…) are not read: remove it.');
      if (node.anchor !== undefined) return this.refuse(path, offset, 'Anchors (&…) are not read: remove it.');
    }
    const below = (name: string | number): string => (path === '' ? String(name) : `${path}.${name}`);
    if (isSeq(node)) return node.items.map((item, index) => this.value(item, below(index), depth + 1));
    if (isMap(node)) {
      const entries = new Map<string, JsonValue>();
      for (const { key, value } of node.items) {
        const name = this.key(key, path, offset);
        if (name === undefined) continue;
        if (entries.has(name)) this.refuse(below(name), offsetOf(key, offset), 'This key stands twice: keep one.');
        entries.set(name, this.value(value, below(name), depth + 1));
      }
      return Object.fromEntries(entries);
    }
    return isScalar(node) ? this.scalar(node.value, path, offset) : null;
  }

  private key(node: unknown, path: string, around: number): string | undefined {
    const offset = offsetOf(node, around);
    if (!isScalar(node) || typeof node.value !== 'string' || node.tag !== undefined || node.anchor !== undefined) {
      this.refuse(path, offset, 'Keys are plain text: put other keys in quotes.');
      return undefined;
    }
    if (node.value === '__proto__') {
      this.refuse(path, offset, '`__proto__` cannot be a key: choose another name.');
      return undefined;
    }
    return node.value;
  }

  private scalar(value: unknown, path: string, offset: number): JsonValue {
    if (typeof value === 'string') {
      return isStorableText(value) ? value : this.refuse(path, offset, 'The text holds a character that is not kept.');
    }
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    return this.refuse(path, offset, 'JSON has no such value: put it in quotes for a text.');
  }
}

function offsetOf(node: unknown, fallback: number): number {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? fallback) : fallback;
}
