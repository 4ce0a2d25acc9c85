import { z } from 'zod';
import { type ToolContext, defineTool } from '../tool.js';
import { readChunks } from '../workspace/files.js';
import { MAX_PATTERN_LENGTH, compileGlob } from '../workspace/glob.js';
import { namesIn, workspacePath } from '../workspace/paths.js';
import { findLine } from '../workspace/text-search.js';
import type { WalkedFile } from '../workspace/walk.js';

const MAX_MATCHES = 1000;
const MAX_FILES = 50_000;
/** Bytes that one call reads when it looks for a text. */
const MAX_BYTES_READ = 256 * 1024 * 1024;

// A type, not an interface: only then TypeScript sees that it is JSON.
type Match = { path: string; size: number; line?: number };

class Search {
  readonly matches: Match[] = [];
  truncated = false;
  private visited = 0;
  private bytesRead = 0;
  private readonly fits: (names: readonly string[]) => boolean;

  constructor(
    private readonly above: readonly string[],
    pattern: string,
    private readonly text: string | undefined,
    private readonly signal: AbortSignal,
  ) {
    this.fits = compileGlob(pattern);
  }

  /** Looks at one file; false when a limit ends the search. */
  async visit(file: WalkedFile): Promise<boolean> {
    if (++this.visited > MAX_FILES || this.matches.length >= MAX_MATCHES) return this.stop();
    if (!this.fits(file.names)) return true;
    const path = [...this.above, ...file.names].join('/');
    if (this.text === undefined) {
      this.matches.push({ path, size: file.size });
      return true;
    }
    this.bytesRead += file.size;
    if (this.bytesRead > MAX_BYTES_READ) return this.stop();
    const line = await this.lineIn(file, this.text);
    if (line !== undefined) this.matches.push({ path, size: file.size, line });
    return true;
  }

  private stop(): boolean {
    this.truncated = true;
    return false;
  }

  private async lineIn(file: WalkedFile, text: string): Promise<number | undefined> {
    const handle = await file.open();
    try {
      return await findLine(readChunks(handle, this.signal), text);
    } finally {
      await handle.close();
    }
  }
}

async function search(
  input: { path: string; pattern: string; contains?: string | undefined },
  { workspace, signal }: ToolContext,
): Promise<{ matches: Match[]; truncated: boolean }> {
  const found = new Search(namesIn(input.path), input.pattern, input.contains, signal);
  await workspace.walk(input.path, (file) => found.visit(file));
  return { matches: found.matches, truncated: found.truncated };
}

export const searchFiles = defineTool({
  name: 'search_files',
  description:
    'Finds files below a folder of the workspace by a pattern over their paths relative to it (`*.csv`, `**/*.md`, ' +
    '`2026-??/report.txt`) and, with contains, by a text in them. Links are not followed.',
  input: z.strictObject({
    path: workspacePath.describe('The folder to search, `.` for the whole workspace.'),
    pattern: z
      .string()
      .min(1)
      .max(MAX_PATTERN_LENGTH)
      .describe('`?` is one character, `*` any within a name, `**` as a whole name any number of folders.'),
    contains: z.string().min(1).max(1000).optional().describe('Only files that hold this text, compared exactly.'),
  }),
  output: z.strictObject({
    matches: z.array(
      z.strictObject({
        path: z.string(),
        size: z.number(),
        line: z.number().exactOptional().describe('Where the text is found first, counted from 1.'),
      }),
    ),
    truncated: z.boolean().describe(`Whether the search ended early: ${MAX_MATCHES} matches or a limit on the work.`),
  }),
  permissionLevel: 'READ_ONLY',
  risk: 'LOW',
  effect: 'pure',
  timeoutSeconds: 60,
  pathArguments: ['path'],
  execute: search,
});
