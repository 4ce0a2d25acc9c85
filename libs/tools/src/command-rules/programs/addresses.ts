import { type Call, type Inspector, type Rule, type Rules, forEach } from '../inspector.js';
import { type OptionStyle, Options } from '../options.js';
import { withoutBraces } from '../shell/braces.js';

const FETCHING: OptionStyle = {
  letters: 'ABCDEFHKOPQRTUXYabcdehijklmopqrtuwxyz',
  words: (
    'cacert cert config connect-timeout connect-to continue-at cookie cookie-jar data data-binary data-raw ' +
    'data-urlencode directory-prefix dump-header execute form header interface json key limit-rate max-filesize ' +
    'max-redirs max-time noproxy output output-dir output-document output-file password post-data post-file preproxy ' +
    'proxy range referer request resolve retry retry-delay retry-max-time speed-limit speed-time timeout tries ' +
    'upload-file url user user-agent wait write-out'
  ).split(' '),
};
/** Letters of curl that take no value, which the list of all clients would take for one that does. */
const CURL: OptionStyle = { ...FETCHING, letters: 'ACDEFHKPQTUXYbcdehmortuwxyz' };
const WGET: OptionStyle = { ...FETCHING, letters: 'ABDIOPQRTUXaeiltow' };

/** Reading a URL takes about as long as reading so many characters of a text. */
const COST_OF_JUDGING = 200;

/** The reason why a program may not reach a host, which may stand in a URL or with a user and a port. */
function refusal(name: string, given: string, inspector: Inspector): string | undefined {
  const authority = given.replace(/^[a-z][\w+.-]*:\/\//i, '').split(/[/?#\\]/, 1)[0] ?? '';
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const spend = (characters: number): void => inspector.spend(characters);
  for (const choice of host === '' ? [] : withoutBraces(host, spend)) {
    spend(COST_OF_JUDGING + choice.length);
    const reason = inspector.refusesAddress(`http://${choice}/`);
    if (reason !== undefined) return `\`${name}\` would reach an internal address. ${reason}`;
  }
  return undefined;
}

function hosts(hostsOf: (call: Call) => readonly string[]): Rule {
  return (call, inspector) => {
    for (const host of hostsOf(call)) {
      const reason = refusal(call.name, host, inspector);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

/** All URLs among the arguments, and operands that need not say that they are one. */
function fetched(style: OptionStyle): (call: Call) => string[] {
  return ({ args }) => {
    const options = new Options(args, style);
    const redirected = ['resolve', 'connect-to'].flatMap((word) => options.valuesOf('', word));
    return [
      ...args.flatMap((argument) => /(?:^|=|^-\w)([a-z][\w+.-]*:\/\/.*)/i.exec(argument)?.[1] ?? []),
      ...options.operands,
      ...['url', 'proxy', 'preproxy'].flatMap((word) => options.valuesOf('', word)),
      ...(style === CURL ? options.valuesOf('x') : []),
      ...redirected.flatMap((entry) => entry.split(':').slice(2, 3)),
    ];
  };
}

const firstOperand = ({ args }: Call): string[] =>
  new Options(args, { letters: 'IOPTWXegimopqswx' }).operands.slice(0, 1);

/** `TCP:host:port` and the like. */
const socat = ({ args }: Call): string[] => args.flatMap((argument) => /^[\w-]+:([^:,]+)/.exec(argument)?.[1] ?? []);

/** URLs, and `user@host:path`. */
const remotes = ({ args }: Call): string[] =>
  args.flatMap((argument) => {
    if (/^[a-z][\w+.-]*:\/\//i.test(argument)) return [argument];
    // Not by one regular expression, which would go back at each `@`.
    const [before = '', behind] = argument.split(':', 2);
    const sign = before.lastIndexOf('@');
    return behind === undefined || sign < 1 || /[/\s]/.test(before) ? [] : [before.slice(sign + 1)];
  });

const openssl = ({ args }: Call): string[] =>
  args.filter((_, at) => ['-connect', '-host', '-proxy'].includes(args[at - 1] ?? ''));

/** `git` also deletes: rules.ts has both rules of it. */
export const gitRemotes = hosts(remotes);

/** Programs that fetch from, or connect to, what their arguments name. */
export const ADDRESS_RULES: Rules = {
  curl: hosts(fetched(CURL)),
  ...forEach(['wget', 'wget2'], hosts(fetched(WGET))),
  ...forEach(
    ['http', 'https', 'xh', 'aria2c', 'axel', 'lynx', 'w3m', 'links', 'elinks', 'lwp-request', 'ftp'],
    hosts(fetched(FETCHING)),
  ),
  ...forEach(['nc', 'ncat', 'netcat', 'telnet'], hosts(firstOperand)),
  ...forEach(['scp', 'sftp'], hosts(remotes)),
  socat: hosts(socat),
  openssl: hosts(openssl),
};

/** bash connects by itself to `/dev/tcp/host/port`. */
export function connection(path: string, inspector: Inspector): string | undefined {
  const host = /^\/dev\/(?:tcp|udp)\/([^/]+)/.exec(path)?.[1];
  return host === undefined ? undefined : refusal('/dev/tcp', host, inspector);
}
