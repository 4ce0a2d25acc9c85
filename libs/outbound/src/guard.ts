import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { excerpt } from '#libs/kernel';
import { judgeAddress, parseAddress } from './addresses.js';
import type { AllowList } from './allow-list.js';
import { OutboundFailure } from './failure.js';
import { type Lookup, boundedLookup } from './lookups.js';
import { type OwnAddresses, ownAddressesOfSystem } from './own-addresses.js';
import { type Target, checkUrl, targetOf } from './targets.js';

/**
 * The system's own: it reads /etc/hosts, and its answer is what the connection then uses. It blocks one of the four threads
 * of libuv for as long as the name servers take, which whoever runs one decides; files are read and written by the same
 * threads. So there is one of these for the whole process, with two look-ups at a time.
 */
export const lookupBySystem: Lookup = boundedLookup((host) => systemLookup(host, { all: true, order: 'verbatim' }), {
  atOnce: 2,
  timeoutMs: 10_000,
});

/** Names under which clouds serve metadata, wherever they resolve to. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'metadata.azure.internal',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'instance-data',
  'instance-data.ec2.internal',
]);

const REMEDY = 'Requests go to public addresses only; an operator can open a host inside by OUTBOUND_ALLOW.';
const NEVER = 'No request may go there, and no setting opens it.';

function blocked(message: string): OutboundFailure {
  return new OutboundFailure('address_blocked', message);
}

function notFound(host: string, error: unknown): OutboundFailure {
  const isTemporary = error instanceof Error && 'code' in error && error.code === 'EAI_AGAIN';
  const text = isTemporary
    ? 'could not be looked up right now. Try again a little later.'
    : 'does not exist. Correct it.';
  return new OutboundFailure('host_not_found', `The host \`${excerpt(host)}\` ${text}`, {
    retryable: isTemporary,
    cause: error,
  });
}

/** Says where requests may go (SAF-4): to public addresses, and to what the administrator has opened. */
export class AddressGuard {
  constructor(
    private readonly allowed: AllowList,
    private readonly lookup: Lookup,
    private readonly ownAddresses: OwnAddresses = ownAddressesOfSystem(),
  ) {}

  /** Why a URL may not be requested, as far as it can be seen without a look-up; a whole sentence or undefined. */
  refuses(text: string): string | undefined {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    // With a user name it is no URL for a request either, but where it leads is the graver finding.
    url.username = '';
    url.password = '';
    return checkUrl(url.href) === undefined ? this.refusesLiterally(targetOf(url.href)) : undefined;
  }

  /**
   * The addresses that a connection to the target may use: those that were checked, and no others. Throws
   * `address_blocked` when none of them may be used, `host_not_found` when there are none.
   */
  async admit(target: Target): Promise<readonly LookupAddress[]> {
    const refusal = this.refusesLiterally(target);
    if (refusal !== undefined) throw blocked(refusal);
    if (target.isAddress) return [{ address: target.host, family: target.host.includes(':') ? 6 : 4 }];
    const found = await this.addressesOf(target.host);
    const usable = found.filter(({ address }) => this.refusesAddress(address, target) === undefined);
    if (usable.length > 0) return usable;
    // The address itself is not told: whoever asks would learn the map of the inside.
    throw blocked(this.refusesAddress(found[0]!.address, target)!);
  }

  private async addressesOf(host: string): Promise<readonly LookupAddress[]> {
    const found = await this.lookup(host).catch((error: unknown) => {
      throw notFound(host, error);
    });
    if (found.length === 0) throw notFound(host, undefined);
    return found;
  }

  private refusesLiterally(target: Target): string | undefined {
    const { host, port } = target;
    if (target.isAddress) return this.refusesAddress(host, target);
    if (METADATA_NAMES.has(host)) return `\`${host}\` is where clouds keep credentials. ${NEVER}`;
    const isLocal = host === 'localhost' || host.endsWith('.localhost');
    // RFC 6761, section 6.3: these names always mean this machine.
    if (!isLocal || this.allowed.hasHost(host, port)) return undefined;
    return this.refusesAddress('127.0.0.1', target);
  }

  private refusesAddress(text: string, { host, port }: Target): string | undefined {
    const address = parseAddress(text);
    if (!address) return `\`${excerpt(host)}\` leads to no address that can be used. ${REMEDY}`;
    const { refusal = this.refusesOwn(address), canBeAllowed } = judgeAddress(address);
    if (refusal === undefined) return undefined;
    if (canBeAllowed && (this.allowed.hasAddress(address, port) || this.allowed.hasHost(host, port))) return undefined;
    return `\`${excerpt(host)}\` leads to ${refusal}. ${canBeAllowed ? REMEDY : NEVER}`;
  }

  /** What listens here for the machine itself is not meant for whoever writes a plan, even at a public address. */
  private refusesOwn(address: NonNullable<ReturnType<typeof parseAddress>>): string | undefined {
    return this.ownAddresses().has(address.toNormalizedString()) ? 'this machine' : undefined;
  }
}
