import { describe, expect, it } from 'vitest';
import { runPlaybook, written } from '../conformance/run-plan.js';

interface Message {
  readonly level: string;
  readonly message: string;
  readonly count: number;
  readonly first_seen: string | null;
  readonly last_seen: string | null;
}
interface Triage {
  readonly lines: number;
  readonly entries: number;
  readonly continuation_lines: number;
  readonly formats: Readonly<Record<string, number>>;
  readonly from: string | null;
  readonly to: string | null;
  readonly levels: Readonly<Record<string, number>>;
  readonly bursts: readonly { readonly minute: string; readonly errors: number }[];
  readonly top_errors: readonly Message[];
  readonly top_messages: readonly Message[];
}

async function triage(lines: readonly string[], parameters = {}): Promise<Triage> {
  const files = { 'app.log': lines.join('\n') };
  return written(
    await runPlaybook('log-triage', { file: 'app.log', ...parameters }, { files }),
    'triage.json',
  ) as Triage;
}

const first = async (line: string, parameters = {}): Promise<Message & { readonly format: string }> => {
  const result = await triage([line], parameters);
  return { ...result.top_messages[0]!, format: Object.keys(result.formats)[0]! };
};

const at = (second: number): string => new Date(Date.UTC(2026, 0, 2, 10, 0, second)).toISOString();

describe('log-triage', () => {
  it('counts levels, messages and times as they were generated [ORC-15]', async () => {
    const levels = ['INFO', 'DEBUG', 'WARN', 'ERROR'];
    const lines = Array.from({ length: 4000 }, (_, n) => {
      const level = levels[n % 4]!;
      return `${at(n)} ${level} [worker-${n % 3}] order ${n} of 10.0.0.${n % 255} took ${n * 3} ms`;
    });
    const result = await triage(lines);
    expect(result).toMatchObject({
      lines: 4000,
      entries: 4000,
      levels: { ERROR: 1000, WARN: 1000, INFO: 1000, DEBUG: 1000 },
      from: at(0),
      to: at(3999),
      formats: { 'time and level': 4000 },
    });
    expect(result.top_errors).toEqual([
      expect.objectContaining({
        level: 'ERROR',
        message: '[worker-<n>] order <n> of <ip> took <n> ms',
        count: 1000,
        first_seen: at(3),
        last_seen: at(3999),
      }),
    ]);
    expect(result.bursts).toEqual([]);
  });

  it('finds bursts of errors by the minute [ORC-15]', async () => {
    const quiet = Array.from({ length: 120 }, (_, minute) => `${at(minute * 60)} ERROR timeout of job ${minute}`);
    const burst = Array.from({ length: 40 }, (_, n) => `${at(3600 + n)} ERROR connection ${n} refused`);
    const result = await triage([...quiet, ...burst]);
    expect(result.bursts).toEqual([{ minute: at(3600), errors: 41 }]);
    expect(result.top_errors.map(({ count }) => count)).toEqual([120, 40]);
  });

  it.each([
    ['{"level":50,"time":1767348000000,"msg":"no route 7"}', 'JSON lines', 'ERROR', 'no route <n>', at(0)],
    [
      '{"severity":"warning","@timestamp":"2026-01-02T11:00:00+01:00","message":"slow"}',
      'JSON lines',
      'WARN',
      'slow',
      at(0),
    ],
    [
      '{"level":"fatal","ts":1767348000.5,"err":{"message":"gone"}}',
      'JSON lines',
      'FATAL',
      'gone',
      '2026-01-02T10:00:00.500Z',
    ],
    [
      '2026-01-02 10:00:00,250 - app.db - ERROR - lost 3',
      'time and level',
      'ERROR',
      'lost <n>',
      '2026-01-02T10:00:00.250Z',
    ],
    ['[2026-01-02T10:00:00Z] [WARN] disk at 91%', 'time and level', 'WARN', 'disk at <n>%', at(0)],
    [
      '2026-01-02T10:00:00.000Z  INFO 77 --- [main] c.e.App : started',
      'time and level',
      'INFO',
      '<n> --- [main] c.e.App : started',
      at(0),
    ],
    ['2026/01/02 10:00:00 [error] 12#0: upstream closed', 'time and level', 'ERROR', '<n>#<n>: upstream closed', at(0)],
    ['ERROR 2026-01-02T10:00:00Z no space', 'time and level', 'ERROR', 'no space', at(0)],
    ['error: cannot open', 'level', 'ERROR', 'cannot open', null],
    ['fine weather today', 'unknown', 'UNKNOWN', 'fine weather today', null],
    ['something failed badly', 'unknown', 'ERROR', 'something failed badly', null],
    [
      '1.2.3.4 - - [02/Jan/2026:11:00:00 +0100] "GET /a/7?x=1 HTTP/1.1" 503 12',
      'access log',
      'ERROR',
      'GET /a/<n> → <n>',
      at(0),
    ],
    ['<11>1 2026-01-02T10:00:00Z host app 12 ID - it broke', 'syslog (RFC 5424)', 'ERROR', 'app: it broke', at(0)],
    ['Jan  2 10:00:00 host sshd[123]: error: bad key', 'syslog', 'ERROR', 'sshd: error: bad key', at(0)],
  ])('understands %s [ORC-15]', async (line, format, level, message, time) => {
    expect(await first(line, { year: 2026 })).toMatchObject({
      format,
      level,
      message,
      first_seen: time,
      last_seen: time,
    });
  });

  it('makes ids, addresses and numbers alike, and counts lines that go on with the one before [ORC-15]', async () => {
    const id = (n: number): string => `01890000-0000-7000-8000-00000000000${n}`;
    const result = await triage([
      `${at(0)} ERROR user ${id(1)} at 10.1.2.3:80 has 0xff and deadbeef01`,
      '    at run (main.js:1:2)',
      'Caused by: a thing',
      `${at(1)} ERROR user ${id(2)} at 10.9.2.3:81 has 0x1f and deadbeef02`,
    ]);
    expect(result).toMatchObject({ lines: 4, entries: 2, continuation_lines: 2 });
    expect(result.top_errors).toMatchObject([{ message: 'user <id> at <ip> has <hex> and <hex>', count: 2 }]);
  });

  it('makes no year up for times without one, and goes on at the turn of the year [ORC-15]', async () => {
    const lines = ['Dec 31 23:59:59 h cron[1]: a', 'Jan  1 00:00:01 h cron[1]: b'];
    expect(await triage(lines)).toMatchObject({ from: '12-31T23:59:59.000Z', to: '01-01T00:00:01.000Z' });
    expect(await triage(lines, { year: 2025 })).toMatchObject({ to: '2026-01-01T00:00:01.000Z' });
  });

  it('refuses an empty file, and stands lines of any kind [ORC-15]', async () => {
    await expect(triage([''])).rejects.toThrow('"app.log" is empty');
    const strange = [
      '{',
      '{"level":null}',
      '[]',
      '<>',
      '\u{1f600}'.repeat(400),
      `ERROR ${'a0'.repeat(20_000)}`,
      '9999-99-99T99:99:99Z x',
    ];
    expect((await triage(strange)).entries).toBe(strange.length);
  });
});
