import { describe, expect, it } from 'vitest';
import { SettingsError, loadSettings } from '#libs/config';
import { AllowList } from './allow-list.js';

const words = (text: string): string[] => text.trim().split(/\s+/);

const RIGHT = words(`
  localhost build.example.com Build.Example.COM:8080 my_service xn--bcher-kva.example:443 10.1.2.3 10.1.2.3:80
  10.0.0.0/8 10.0.0.0/8:65535 0.0.0.0/0 ::1 fd00::7 [fd00::7] [fd00::7]:80 fd00::/8 [fd00::/8]:443
`);

const WRONG = words(`
  http://x x/path x:0 x:65536 x:http :80 * *.example.com a..b -a a- bücher 127.1 0177.0.0.1 0x7f.0.0.1 2130706433
  256.1.1.1 10.0.0.0/33 10.0.0.0/ 10.0.0/8 [10.0.0.1 [localhost]:80 [10.0.0.1]:80 fe80::1%eth0 fd00::/129
  [fd00::7]80 []:80 user@host 1.2.3.4:5:6
`).concat(['exa mple']);

describe('the allow-list', () => {
  it.each(RIGHT)('takes %s, as the setting does [SAF-4]', (entry) => {
    expect(() => new AllowList([entry])).not.toThrow();
    expect(loadSettings({ OUTBOUND_ALLOW: entry }).outboundAllow).toEqual([entry]);
  });

  it.each(WRONG)('refuses %s, as the setting does [SAF-4]', (entry) => {
    expect(() => new AllowList([entry])).toThrow(TypeError);
    const start = () => loadSettings({ OUTBOUND_ALLOW: `localhost, ${entry}` });
    expect(start).toThrow(SettingsError);
    expect(start).toThrow(/^OUTBOUND_ALLOW: .* is not hosts, addresses or networks .*\.$/);
  });

  it('is empty by default [SAF-4]', () => {
    expect(loadSettings({}).outboundAllow).toEqual([]);
  });
});
