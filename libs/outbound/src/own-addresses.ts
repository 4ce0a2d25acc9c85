import { networkInterfaces } from 'node:os';
import { parseAddress } from './addresses.js';

/** How long the answer of the system is believed: addresses of a machine change rarely. */
const BELIEVED_MS = 10_000;

/** The addresses of this machine, in the form that `toNormalizedString` of ipaddr.js gives. */
export type OwnAddresses = () => ReadonlySet<string>;

/**
 * What the system says that its interfaces have. An address that a router or a cloud translates to one of them is
 * none of these, and cannot be told from others.
 */
export function ownAddressesOfSystem(): OwnAddresses {
  let until = 0;
  let known: ReadonlySet<string> = new Set();
  return () => {
    if (performance.now() < until) return known;
    const addresses = Object.values(networkInterfaces()).flatMap((found = []) => found.map(({ address }) => address));
    known = new Set(addresses.flatMap((address) => parseAddress(address)?.toNormalizedString() ?? []));
    until = performance.now() + BELIEVED_MS;
    return known;
  };
}
