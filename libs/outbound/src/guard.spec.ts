import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { AllowList } from './allow-list.js';
import { httpServer } from './conformance/loopback.js';
import { AddressGuard } from './guard.js';
import { Outbound } from './outbound.js';
import { ownAddressesOfSystem } from './own-addresses.js';
import { targetOf } from './targets.js';

const words = (text: string): string[] => text.trim().split(/\s+/);

/** Ways to write this machine as the host of a URL. `PORT` is where something listens. */
const NOTATIONS = words(String.raw`
  http://127.0.0.1:PORT/ http://127.0.0.2:PORT/ http://127.1:PORT/ http://127.0.1:PORT/ http://2130706433:PORT/
  http://0x7f000001:PORT/ http://017700000001:PORT/ http://0x7f.1:PORT/ http://0177.0.0.1:PORT/
  http://0x7F.0x0.0x0.0x1:PORT/ http://127.0x0.00.1:PORT/ http://00000000177.0.0.1:PORT/ http://0:PORT/
  http://0.0.0.0:PORT/ http://0x0:PORT/ http://127.0.0.1.:PORT/ http://127.1.:PORT/ http://%31%32%37.0.0.1:PORT/
  http://127%2e0%2E0.1:PORT/ http://１２７.０.０.１:PORT/ http://①②⑦.⓪.⓪.①:PORT/ http://127。0。0。1:PORT/
  http://127．0｡0．1:PORT/ http://𝟏𝟐𝟕.𝟎.𝟎.𝟏:PORT/ http://[::1]:PORT/ http://[0:0:0:0:0:0:0:1]:PORT/
  http://[::0001]:PORT/ http://[::]:PORT/ http://[::ffff:127.0.0.1]:PORT/ http://[::FFFF:7F00:1]:PORT/
  http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/
  http://localhost:PORT/ http://LOCALHOST:PORT/ http://localhost.:PORT/ http://LocalHost.:PORT/
  http://a.b.localhost:PORT/ http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:PORT/ http://%6cocalhost:PORT/ http:127.0.0.1:PORT/
  http:///127.0.0.1:PORT/ http:\\127.0.0.1:PORT\ HTTP://127.0.0.1:PORT/ https://127.0.0.1:PORT/
  http://127.0.0.1:PORT\@example.com/ http://127.0.0.1:PORT#@example.com/ http://127.0.0.1:PORT?@example.com
`).concat([
  'http://127.0.0.\u00ad1:PORT/',
  'http://loc\u00adalhost:PORT/',
  '  http://127.0.0.1:PORT/  ',
  'http://127.0.0.1\t:PORT/',
  'ht\ntp://127.0.0.1:PORT/',
]);

/** Hosts of the inside that are only looked at, never connected to. */
const LOOKED_AT = words(`
  http://10.0.0.1/ http://0xa.1/ http://172.16.0.1/ http://192.168.1.1/ http://3232235777/ http://100.64.0.1/
  http://169.254.169.254/latest/meta-data/ http://2852039166/ http://0xA9FEA9FE/ http://[fd00:ec2::254]/
  http://[::ffff:169.254.169.254]/ http://169.254.170.2/ http://100.100.100.200/
  http://metadata.google.internal/computeMetadata/v1/ http://METADATA.google.internal./ http://metadata/
  http://instance-data/latest http://168.63.129.16/ http://[fe80::1]/ http://[fd12::1]/ http://[ff02::1]/
  http://[::127.0.0.1]/ http://[::ffff:0:127.0.0.1]/ http://[64:ff9b::127.0.0.1]/
  http://[64:ff9b:1::7f00:1]/ http://[2002:7f00:1::]/
  http://224.0.0.1/ http://255.255.255.255/ http://198.18.0.1/ http://192.0.2.1/ http://[2001:db8::1]/
`);

/** What is no URL for a request at all. */
const NO_TARGETS = words(`
  http://public@127.0.0.1:PORT/ http://example.com@127.0.0.1:PORT/ http://u:p@example.com/ http://@:p@x/
  http://[::1%25lo]:PORT/ http://[fe80::1%eth0]/ http://127.0.0.1..:PORT/ http://example..com/ http://.../
  http://256.0.0.1/ http://1.2.3.4.5/ http://127.0.0.1%00.example.com/ http:// file:///etc/passwd ftp://127.0.0.1/
  gopher://127.0.0.1:PORT/_x data:text/plain,x javascript:1 ws://127.0.0.1:PORT/ unix:/run/docker.sock
  //127.0.0.1:PORT/ /etc/passwd
`).concat(['http://exa mple.com/', '', `http://x/${'a'.repeat(9000)}`]);

describe('the guard, asked of a URL', () => {
  it.each(NOTATIONS)('keeps %j from reaching what listens there [SAF-4]', async (notation) => {
    const server = await httpServer((_, response) => response.end('inside'));
    const outbound = new Outbound({ allow: [] });
    const url = notation.replace('PORT', String(server.port));
    expect(outbound.refuses(url)).toMatch(/^`\S+` leads to .*\.$/);
    await expect(outbound.fetch(url)).rejects.toMatchObject({ code: 'address_blocked', sent: false });
    expect(server.connections()).toBe(0);
  });

  it('lets the same server be reached once it is allowed, so that the tests above show something [SAF-4]', async () => {
    const server = await httpServer((_, response) => response.end('inside'));
    const outbound = new Outbound({ allow: [server.entry] });
    const url = `http://0x7f.1:${server.port}/`;
    expect(outbound.refuses(url)).toBeUndefined();
    expect((await outbound.fetch(url)).body.toString()).toBe('inside');
    expect(server.connections()).toBe(1);
  });

  it.each(LOOKED_AT)('refuses %s before any look-up [SAF-4]', async (url) => {
    const lookups: string[] = [];
    const guard = new AddressGuard(new AllowList([]), (host) => Promise.reject(new Error(`${lookups.push(host)}`)));
    expect(guard.refuses(url)).toBeDefined();
    // Not by a request: these are addresses that a guard with a mistake would let it reach.
    await expect(guard.admit(targetOf(url))).rejects.toMatchObject({ code: 'address_blocked' });
    expect(lookups).toEqual([]);
  });

  it.each(NO_TARGETS)('takes %j for no URL that can be requested [SAF-4]', async (notation) => {
    const server = await httpServer((_, response) => response.end('inside'));
    const outbound = new Outbound({ allow: [server.entry] });
    const url = notation.replace('PORT', String(server.port));
    await expect(outbound.fetch(url)).rejects.toMatchObject({ code: 'url_invalid', retryable: false });
    expect(outbound.refuses(url)).toBeUndefined();
    expect(server.connections()).toBe(0);
  });

  it.each(['http://example.com@127.0.0.1/', 'http://8.8.8.8:80@127.1:8080/', 'http://u:p@[::1]/'])(
    'sees where %s leads [SAF-4]',
    (url) => {
      expect(new Outbound({ allow: [] }).refuses(url)).toContain('loopback');
    },
  );

  it.each(['http://example.com/', 'https://8.8.8.8/', 'http://[2606:4700::1111]/', 'http://localhost.example.com/'])(
    'has nothing against %s [SAF-4]',
    (url) => {
      expect(new Outbound({ allow: [] }).refuses(url)).toBeUndefined();
    },
  );
});

describe('the guard, asked of what a name resolves to', () => {
  const guardOf = (addresses: readonly string[], allow: readonly string[] = []) =>
    new AddressGuard(new AllowList(allow), async () =>
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  const admitted = async (addresses: readonly string[], allow: readonly string[] = []) =>
    (await guardOf(addresses, allow).admit(targetOf('http://name.example:81/'))).map(({ address }) => address);

  it.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '::1', '::ffff:8.8.8.8', 'fe80::1%eth0', '0.0.0.0', 'nonsense'])(
    'refuses a name of %s, and does not tell the address [SAF-4]',
    async (address) => {
      const refusal = await admitted([address]).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'address_blocked', message: expect.not.stringContaining(address) });
    },
  );

  it('hands on only the addresses that were found public [SAF-4]', async () => {
    expect(await admitted(['10.0.0.1', '1.1.1.1', '::1', '2606:4700::1111'])).toEqual(['1.1.1.1', '2606:4700::1111']);
  });

  it('says that a name is unknown, and whether to try again [SAF-4]', async () => {
    const failing = (code: string) =>
      new AddressGuard(new AllowList([]), () => Promise.reject(Object.assign(new Error('no'), { code })));
    const target = targetOf('http://name.example/');
    const unknown = { code: 'host_not_found', retryable: false };
    await expect(failing('ENOTFOUND').admit(target)).rejects.toMatchObject(unknown);
    await expect(guardOf([]).admit(target)).rejects.toMatchObject(unknown);
    await expect(failing('EAI_AGAIN').admit(target)).rejects.toMatchObject({ ...unknown, retryable: true });
  });

  it('opens what the administrator has named, and no more [SAF-4]', async () => {
    expect(await admitted(['10.1.2.3'], ['name.example'])).toEqual(['10.1.2.3']);
    expect(await admitted(['10.1.2.3'], ['NAME.example:81'])).toEqual(['10.1.2.3']);
    expect(await admitted(['10.1.2.3', '10.9.9.9'], ['10.1.0.0/16:81'])).toEqual(['10.1.2.3']);
    expect(await admitted(['fd00::7'], ['[fd00::/8]:81'])).toEqual(['fd00::7']);
    for (const entry of ['name.example:82', '10.1.2.3:82', 'example', 'x.name.example', '10.2.0.0/16', 'fd00::/8']) {
      await expect(admitted(['10.1.2.3'], [entry])).rejects.toMatchObject({ code: 'address_blocked' });
    }
  });

  it('opens metadata and wrapped addresses for nobody [SAF-4]', async () => {
    const everything = ['name.example', '0.0.0.0/0', '::/0', 'metadata.google.internal'];
    for (const address of ['169.254.169.254', 'fd00:ec2::254', '::ffff:10.0.0.1', '64:ff9b::a00:1', '0.0.0.0']) {
      await expect(admitted([address], everything)).rejects.toMatchObject({ code: 'address_blocked' });
    }
    expect(new Outbound({ allow: everything }).refuses('http://metadata.google.internal/')).toContain('credentials');
  });

  it('refuses the public addresses of this machine, however written, unless they are allowed [SAF-4]', async () => {
    const own = () => new Set(['203.0.114.7', '2606:4700:0:0:0:0:0:1']);
    const guard = (allow: readonly string[], address: string) =>
      new AddressGuard(new AllowList(allow), async () => [{ address, family: address.includes(':') ? 6 : 4 }], own);
    const target = targetOf('http://name.example/');
    for (const address of ['203.0.114.7', '2606:4700::1', '2606:4700:0::0001']) {
      const refusal = guard([], address).admit(target);
      await expect(refusal).rejects.toMatchObject({
        code: 'address_blocked',
        message: expect.stringContaining('this machine'),
      });
      expect(await guard(['name.example'], address).admit(target)).toMatchObject([{ address }]);
      expect(await guard([address], address).admit(target)).toMatchObject([{ address }]);
    }
    expect(guard([], '').refuses('http://0xcb007207/')).toContain('this machine');
    expect(guard([], '').refuses('http://203.0.114.8/')).toBeUndefined();
  });

  it('knows all addresses of the interfaces of this machine [SAF-4]', () => {
    const known = ownAddressesOfSystem()();
    const found = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
    expect(known.size).toBe(new Set(found.map(({ address }) => address)).size);
  });
});
