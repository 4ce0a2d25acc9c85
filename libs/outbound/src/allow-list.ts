import ipaddr from 'ipaddr.js';
import { isWithin, parseAddress } from './addresses.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

interface Entry {
  /** In lower case; undefined for an address or a network. */
  readonly host: string | undefined;
  readonly network: readonly [Address, number] | undefined;
  /** Undefined: every port. */
  readonly port: number | undefined;
}

const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
/** `[target]:port`, or a target without colons and its port, or a target alone. */
const ENTRY =
  /^(?:\[(?<bracketed>[^[\]]+)\]|(?<plain>[^:[\]]+)|(?<six>[^[\]]*:[^[\]]*:[^[\]]*))(?::(?<port>\d{1,5}))?$/;

function networkOf(text: string): readonly [Address, number] | undefined {
  const address = parseAddress(text);
  if (address) return [address, address.kind() === 'ipv4' ? 32 : 128];
  const isNetwork = ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || ipaddr.IPv6.isValidCIDR(text);
  return isNetwork && !text.includes('%') ? ipaddr.parseCIDR(text) : undefined;
}

function parseEntry(text: string): Entry {
  const { bracketed, plain, six, port } = ENTRY.exec(text)?.groups ?? {};
  // Without brackets the last group of an IPv6 address cannot be told from a port.
  const target = bracketed ?? plain ?? (six === undefined ? '' : text);
  const number = port === undefined || six !== undefined ? undefined : Number(port);
  const network = bracketed === undefined || target.includes(':') ? networkOf(target) : undefined;
  const isName = network === undefined && bracketed === undefined && NAME.test(target);
  if ((!network && !isName) || (number !== undefined && (number < 1 || number > 65_535))) {
    throw new TypeError(
      `"${text}" names no target: use a host, an address or a network, with a port where needed, ` +
        'e.g. build.example.com:8080, 10.1.2.3, 10.0.0.0/8 or [fd00::/8]:443.',
    );
  }
  return { host: isName ? target.toLowerCase() : undefined, network, port: number };
}

/** What an administrator has opened on the inside (the setting OUTBOUND_ALLOW). Throws a TypeError for a wrong entry. */
export class AllowList {
  private readonly entries: readonly Entry[];

  constructor(entries: readonly string[]) {
    this.entries = entries.map(parseEntry);
  }

  /** Whether a host is named. `host` is in lower case and without a trailing dot. */
  hasHost(host: string, port: number): boolean {
    return this.entriesFor(port).some((entry) => entry.host === host);
  }

  hasAddress(address: Address, port: number): boolean {
    return this.entriesFor(port).some(({ network }) => network !== undefined && isWithin(address, network));
  }

  private entriesFor(port: number): readonly Entry[] {
    return this.entries.filter((entry) => entry.port === undefined || entry.port === port);
  }
}
