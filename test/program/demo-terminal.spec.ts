import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestClient, TestProgram } from '#libs/testing';
import { startAcme } from './acme.js';
import { type CommandOptions, type Finished, command } from './command-line.js';

const SHOW_CURSOR = '\u001b[?25h';
const HIDE_CURSOR = '\u001b[?25l';

/** `script` gives its command a terminal of its own: util-linux has it, BusyBox mostly not, macOS with other options. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
const NO_SCRIPT = 'needs `script` of util-linux (Debian: bsdutils), which gives a command a terminal';

let program: TestProgram;
let client: TestClient;

beforeAll(async () => {
  ({ program, client } = await startAcme());
}, 60_000);
afterAll(() => program.close());

/** The demo on a terminal of 80 columns, where somebody types what `answer` gives for all that was shown so far. */
function onTerminal(args: readonly string[], answer: (shown: string) => string | undefined): Promise<Finished> {
  const typed = new Set<string>();
  const onOutput: CommandOptions['onOutput'] = (child, output) => {
    const keys = answer(output);
    if (keys === undefined || typed.has(keys)) return;
    typed.add(keys);
    child.stdin?.write(keys);
  };
  return command('demo', args, { dataDir: program.dataDir, onTerminal: true, onOutput });
}

async function latestApproval(): Promise<Record<string, unknown>> {
  const { body } = await client.get<{ data: Record<string, unknown>[] }>('/api/v1/approvals?limit=1');
  return body.data[0] ?? {};
}

describe('a demo on a terminal', () => {
  it('asks on the keyboard, keeps the reason, and draws its bars in place [SAF-3]', async ({ skip }) => {
    if (!hasScript) skip(NO_SCRIPT);
    const { code, stdout } = await onTerminal(['--only', 'hands-off'], (shown) =>
      /Approve\?/.test(shown) ? 'n not today\r' : undefined,
    );
    expect(stdout).toContain('hands-off asks: may this run?');
    expect(stdout).toContain('path: "accounts.csv"');
    expect(stdout).toContain(HIDE_CURSOR);
    expect(stdout.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stdout.lastIndexOf(HIDE_CURSOR));
    expect(stdout).toMatch(/The goal ended as it should\./);
    expect(code).toBe(0);
    expect(await latestApproval()).toMatchObject({ state: 'rejected', decision_reason: 'not today' });
  });

  it('ends at Ctrl-C with the cursor shown, cancels nothing, and says what goes on', async ({ skip }) => {
    if (!hasScript) skip(NO_SCRIPT);
    const { code, stdout } = await onTerminal(['--only', 'clean-up'], (shown) =>
      /Approve\?/.test(shown) ? '\u0003' : undefined,
    );
    expect(stdout).toContain('Interrupted; nothing was cancelled.');
    expect(stdout).toMatch(/clean-up: goal_\w+ \(waits for you\)/);
    expect(stdout.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stdout.lastIndexOf(HIDE_CURSOR));
    expect(code).toBe(130);
    expect(await latestApproval()).toMatchObject({ state: 'pending' });
  });
});

describe('a demo without a server', () => {
  it('starts a temporary one, and leaves nothing of it behind [ORC-15]', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'village-nothing-'));
    const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('agent-village-demo-'));
    const before = folders();
    try {
      const out = join(empty, 'out');
      const finished = await command('demo', ['--yes', '--only', 'release-notes', '--out', out], { dataDir: empty });
      expect(finished.stdout).toContain('Starting a temporary server.');
      expect(finished.stdout).toMatch(/19 commits since v1\.0\.0 by 5 people; 1 breaking\./);
      expect(finished.code).toBe(0);
      const url = /on (http:\S+)/.exec(finished.stdout)?.[1] ?? '';
      await expect(fetch(`${url}/health`)).rejects.toThrow(/fetch failed/);
      expect(folders().filter((name) => !before.includes(name))).toEqual([]);
      expect(readFileSync(join(out, 'release-notes/release-notes.md'), 'utf8')).toContain('# Shop 1.1.0');
    } finally {
      rmSync(empty, { recursive: true });
    }
  }, 150_000);

  it('says how to start one when the server that is named does not answer', async () => {
    const finished = await command('demo', ['--yes', '--url', 'http://127.0.0.1:9', '--key', 'none'], {
      dataDir: program.dataDir,
    });
    expect(finished.stderr).toMatch(/Nobody answers at http:\/\/127\.0\.0\.1:9\. Start the server by "npm start"/);
    expect(finished.code).toBe(1);
  });

  it.each([
    [['--only', 'nothing'], /There is no bundled goal "nothing"\. There are sales-report, /],
    [['--frob'], /Unknown option '--frob'\. See npm run demo -- --help/],
    [['--start', '--url', 'http://localhost:1'], /leave out --url/],
  ])('refuses a wrong command: %j', async (args, message) => {
    const { code, stderr } = await command('demo', args, { dataDir: program.dataDir });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });
});
