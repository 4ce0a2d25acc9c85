import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** What a range of special addresses is called in a sentence; the keys are those of ipaddr.js. */
const RANGE_NAMES: Readonly<Record<string, string>> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  carrierGradeNat: 'an address inside a provider’s network',
  linkLocal: 'a link-local address',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
  unspecified: 'no address of another machine',
};

/** IPv6 ranges whose addresses stand for an IPv4 address: where they lead is decided by a gateway, not by us. */
const WRAPPED_RANGES: ReadonlySet<string> = new Set(['ipv4Mapped', 'rfc6145', 'rfc6052', '6to4', 'teredo']);

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * Where clouds answer questions about the machine, its credentials among them: AWS, Azure, Google, Oracle and most
 * others (169.254.169.0/24), AWS ECS and EKS (169.254.170.0/24), Alibaba, the Azure host, and their IPv6 forms.
 */
const METADATA: readonly Network[] = [
  '169.254.169.0/24',
  '169.254.170.0/24',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::/32',
  'fd20:ce::/32',
].map((text) => ipaddr.parseCIDR(text));

/** What is known about an address of the network. */
export interface AddressFinding {
  /** Why a request must not go there, as the end of "leads to `…`, "; undefined for public addresses. */
  readonly refusal: string | undefined;
  /** Whether an administrator can open it. */
  readonly canBeAllowed: boolean;
}

const PUBLIC: AddressFinding = { refusal: undefined, canBeAllowed: true };

/** Whether an address lies in a network; addresses of the other family never do. */
export function isWithin(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** ISATAP (RFC 5214, section 6.1): the interface identifier says that an IPv4 address follows. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  return (parts[4] === 0 || parts[4] === 0x200) && parts[5] === 0x5efe;
}

/** The IPv4-compatible form `::a.b.c.d` (RFC 4291, section 2.5.5.1), without `::` and `::1`. */
function isCompatible({ parts }: ipaddr.IPv6): boolean {
  return parts.slice(0, 6).every((part) => part === 0) && (parts[6] !== 0 || parts[7]! > 1);
}

function isWrapped(address: Address): boolean {
  if (!(address instanceof ipaddr.IPv6)) return false;
  return WRAPPED_RANGES.has(address.range()) || isIsatap(address) || isCompatible(address);
}

/** An IP address as the system writes it, or undefined for anything else. Zones (`fe80::1%eth0`) are none. */
export function parseAddress(text: string): Address | undefined {
  if (text.includes('%')) return undefined;
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text) ? ipaddr.parse(text) : undefined;
}

const never = (refusal: string): AddressFinding => ({ refusal, canBeAllowed: false });

/** Judges an address by itself: public ones are those that the registries of special addresses do not list. */
export function judgeAddress(address: Address): AddressFinding {
  if (METADATA.some((network) => isWithin(address, network))) return never('where clouds keep credentials');
  if (isWrapped(address)) return never('an IPv6 form of an IPv4 address');
  const range: string = address.range();
  const name = RANGE_NAMES[range] ?? 'an address reserved for special purposes';
  if (range === 'multicast' || range === 'broadcast' || range === 'unspecified') return never(name);
  const isPublic = range === 'unicast' && (address.kind() === 'ipv4' || isWithin(address, GLOBAL_UNICAST));
  return isPublic ? PUBLIC : { refusal: name, canBeAllowed: true };
}
