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
});
