import { describe, expect, it } from 'vitest';
import { SettingsError, loadSettings } from './load.js';

describe('loadSettings', () => {
  it('refuses one name for both roles, and names both variables [TEN-5]', () => {
    const attempt = () => loadSettings({ DATABASE_APP_ROLE: 'village', DATABASE_SYSTEM_ROLE: 'village' });
    expect(attempt).toThrow(SettingsError);
    expect(attempt).toThrow('DATABASE_APP_ROLE and DATABASE_SYSTEM_ROLE: both are "village"');
  });

  it('names every variable that is wrong, and takes an empty one as absent', () => {
    expect(() => loadSettings({ PORT: 'x', ROLE: 'king', HOST: '' })).toThrow(/^ROLE: .*\nPORT: .*\.$/);
  });

  it.each(['api', 'worker'])('refuses ROLE=%s on the embedded database, where it would be alone [DEP-2]', (role) => {
    expect(() => loadSettings({ ROLE: role })).toThrow(`DATABASE_URL: ROLE=${role} needs a PostgreSQL of your own`);
    expect(loadSettings({ ROLE: role, DATABASE_URL: 'postgres://village@localhost/village' }).role).toBe(role);
  });

  it.each(['all', 'migrate'])('lets ROLE=%s have the embedded database [DEP-1]', (role) => {
    expect(loadSettings({ ROLE: role }).role).toBe(role);
  });

  it('refuses a worker that can do nothing, and names what there is to do [WRK-1]', () => {
    for (const text of [',', ' , ,']) {
      const attempt = () => loadSettings({ WORKER_CAPABILITIES: text });
      expect(attempt).toThrow(/^WORKER_CAPABILITIES: .*one or more of goal_execution, .*memory_operations/);
    }
    expect(loadSettings({ WORKER_CAPABILITIES: 'web_operations,' }).workerCapabilities).toEqual(['web_operations']);
  });
});
