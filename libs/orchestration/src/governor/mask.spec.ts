import { describe, expect, it } from 'vitest';
import { maskSecrets } from './mask.js';

describe('the mask of secrets', () => {
  it('hides what is named like a secret, at any depth, and shows the form of it [TOL-6]', () => {
    const given = {
      password: 'hunter2',
      max_tokens: 100,
      headers: { Authorization: 'Bearer x', 'X-API-Key': 'k', accept: 'text/csv' },
      credentials: { user: 'ada', pins: [1, 2] },
      list: [{ access_token: 't', path: 'in.csv' }],
    };
    expect(maskSecrets(given)).toEqual({
      password: '***',
      max_tokens: 100,
      headers: { Authorization: '***', 'X-API-Key': '***', accept: 'text/csv' },
      credentials: { user: '***', pins: ['***', '***'] },
      list: [{ access_token: '***', path: 'in.csv' }],
    });
  });

  it('hides secrets in addresses, headers and options of commands [TOL-6]', () => {
    const given = {
      url: 'https://ada:hunter2@example.org/a?page=2&api_key=k1&token=t1#top',
      command: ['curl', '-H', 'Authorization: Bearer x', '--password=p', '--api-key', 'k2', '--data', 'a=1', 'plain'],
    };
    expect(maskSecrets(given)).toEqual({
      url: 'https://ada:***@example.org/a?page=2&api_key=***&token=***#top',
      command: ['curl', '-H', 'Authorization: ***', '--password=***', '--api-key', '***', '--data', 'a=1', 'plain'],
    });
  });

  it('comes to an end with any text [TOL-6]', () => {
    for (const piece of ['?a=', '&', '//a:', '--token', 'a: ', '=', '@']) {
      expect(JSON.stringify(maskSecrets({ text: piece.repeat(50_000) })).length).toBeGreaterThan(0);
    }
  });
});
