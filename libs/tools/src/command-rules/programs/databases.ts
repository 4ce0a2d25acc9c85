import { type Call, type Inspector, type Rule, type Rules, forEach } from '../inspector.js';
import { type OptionStyle, Options } from '../options.js';
import { shown } from '../text.js';
import { type Dialect, droppingStatement } from './sql.js';

interface Client extends Dialect {
  readonly style: OptionStyle;
  /** The options whose value is a statement. */
  readonly statements: readonly (readonly [letter: string, word: string])[];
  /** Whether operands behind the first are statements. */
  readonly hasOperands?: boolean;
  /** What begins a line that is a command for a shell. */
  readonly shell?: RegExp;
}

const POSTGRES: Client = {
  isMySql: false,
  style: {
    letters: 'FLPRTUcdfhopv',
    words: [
      'command',
      'dbname',
      'field-separator',
      'file',
      'host',
      'log-file',
      'output',
      'port',
      'pset',
      'record-separator',
      'set',
      'table-attr',
      'username',
      'variable',
      'execute',
    ],
  },
  statements: [['c', 'command']],
  shell: /^[\s\S]*?\\!/,
};
const MYSQL: Client = {
  isMySql: true,
  style: { letters: 'DPSehu', words: ['database', 'execute', 'host', 'init-command', 'port', 'socket', 'user'] },
  statements: [
    ['e', 'execute'],
    ['', 'init-command'],
  ],
  shell: /^(?:system\s|[\s\S]*?\\!)/i,
};
const OPERANDS: Client = {
  isMySql: false,
  style: { letters: '' },
  statements: [],
  hasOperands: true,
  shell: /^\s*\.(?:sh|shell|sy|sys|system)\s/,
};
const EXECUTING: Client = {
  isMySql: false,
  style: { letters: 'QSUdefhqu', words: ['database', 'execute', 'host', 'keyspace', 'port', 'query', 'url', 'user'] },
  statements: [
    ['e', 'execute'],
    ['q', 'query'],
    ['Q', 'query'],
  ],
};

function dropping(what: string): string {
  return (
    `This would drop a whole database (\`${what}\`), with everything in it. ` +
    'No command may do that: delete the tables or rows that are meant, or ask who runs the database.'
  );
}

function client(kind: Client): Rule {
  return ({ args, at }: Call, inspector: Inspector) => {
    const options = new Options(args, kind.style);
    const given = kind.statements.flatMap(([letter, word]) => options.valuesOf(letter, word));
    const texts = [...given, ...(kind.hasOperands ? options.operands.slice(1) : []), at.stdin];
    for (const text of texts) {
      inspector.spend(text.length);
      const found = droppingStatement(text, kind);
      if (found !== undefined) return dropping(found);
      for (const line of text.split('\n')) {
        const start = kind.shell?.exec(line)?.[0];
        if (start !== undefined) inspector.script(line.slice(start.length), { ...at, stdin: '' });
      }
    }
    return undefined;
  };
}

const dropdb: Rule = ({ name, args }) => {
  const only = args.length === 0 || args.some((argument) => ['--help', '--version', '-V', '-?'].includes(argument));
  return only ? undefined : dropping(name);
};

const mysqladmin: Rule = ({ args }) => (args.includes('drop') ? dropping('mysqladmin drop') : undefined);

/** In JavaScript for MongoDB the name can stand in many ways: it is enough that it is there. */
const mongo: Rule = ({ args, at }) => {
  const text = [...args, at.stdin].find((part) => part.includes('dropDatabase'));
  return text === undefined ? undefined : dropping('dropDatabase');
};

/** Redis has no other name for its databases than their numbers: emptying one is dropping it. */
const redis: Rule = ({ args, at }) => {
  const options = new Options(args, { letters: 'DXadhinprstu', words: ['pass', 'user'], endAtOperand: true });
  const [command = '', ...rest] = options.operands;
  const lines = [command, ...at.stdin.split('\n').map((line) => line.trim().split(/\s/, 1)[0] ?? '')];
  const script = /^(?:eval|evalsha|fcall)$/i.test(command) ? rest.join(' ') : '';
  const found = lines.find((line) => /^flush(?:all|db)$/i.test(line)) ?? /flush(?:all|db)/i.exec(script)?.[0];
  return found === undefined ? undefined : dropping(shown(found).slice(1, -1).toUpperCase());
};

export const DATABASE_RULES: Rules = {
  ...forEach(['psql', 'pgcli', 'usql'], client(POSTGRES)),
  ...forEach(['mysql', 'mariadb', 'mycli'], client(MYSQL)),
  ...forEach(['sqlite3', 'sqlite', 'duckdb'], client(OPERANDS)),
  ...forEach(['cockroach', 'cqlsh', 'sqlcmd', 'clickhouse-client', 'clickhouse'], client(EXECUTING)),
  ...forEach(['mongosh', 'mongo'], mongo),
  ...forEach(['redis-cli', 'valkey-cli', 'keydb-cli'], redis),
  ...forEach(['mysqladmin', 'mariadb-admin'], mysqladmin),
  dropdb,
};
