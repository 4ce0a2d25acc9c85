import { describe, expect, it } from 'vitest';
import { judgeAddress, parseAddress } from './addresses.js';

const words = (text: string): string[] => text.trim().split(/\s+/);

const judged = (text: string) => judgeAddress(parseAddress(text)!);

/** By range: private, shared, local, and everything that the registries of special addresses list. */
const INSIDE = words(`
  127.0.0.1 127.255.255.254 ::1 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 fc00::1 fd12:3456::1 100.64.0.1
  100.127.255.255 169.254.0.1 169.254.255.255 fe80::1 febf::1 fec0::1 192.0.0.8 192.0.2.1 198.51.100.1 203.0.113.1
  198.18.0.1 198.19.255.255 240.0.0.1 192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1 100::1 100:0:0:1::1
  2001:2::1 2001:db8::1 3fff::1 5f00::1 4000::1 8000::1
`);

/** Nobody can open these: they lead on to where nobody can see, to several machines, or to credentials. */
const NEVER = words(`
  0.0.0.0 0.1.2.3 :: 224.0.0.1 239.255.255.255 255.255.255.255 ff02::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8
  ::ffff:0:127.0.0.1 ::127.0.0.1 ::8.8.8.8 ::2 2002:7f00:1:: 64:ff9b::7f00:1 64:ff9b:1::7f00:1 2001::1
  2001:4860::5efe:7f00:1 2001:4860::200:5efe:8.8.8.8 fe80::5efe:127.0.0.1 169.254.169.254 169.254.170.2
  169.254.170.23 fd00:ec2::254 fd00:ec2::23 fd20:ce::254 100.100.100.200 168.63.129.16 192.0.0.192
`);

describe('addresses', () => {
  it.each(INSIDE)('%s is inside, and can be opened [SAF-4]', (text) => {
    expect(judged(text)).toEqual({ refusal: expect.any(String), canBeAllowed: true });
  });

  it.each(NEVER)('%s is never reached [SAF-4]', (text) => {
    expect(judged(text)).toEqual({ refusal: expect.any(String), canBeAllowed: false });
  });

  it.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '198.20.0.1', '2001:4860:4860::8888', '2606:4700::1111'])(
    '%s is public [SAF-4]',
    (text) => {
      expect(judged(text).refusal).toBeUndefined();
    },
  );

  it.each(['127.1', '0177.0.0.1', '2130706433', '0x7f.0.0.1', 'fe80::1%eth0', '::1%1', 'localhost', '', '1.1.1.1 '])(
    '%j is no address as the system writes one [SAF-4]',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});
