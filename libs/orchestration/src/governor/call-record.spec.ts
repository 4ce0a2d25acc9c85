import { describe, expect, it } from 'vitest';
import { callRecord } from './call-record.js';

describe('the record of a call', () => {
  it('hides what is named like a secret, at any depth, and nothing else [TOL-6]', () => {
    const given = {
      password: 'hunter2',
      headers: { Authorization: 'Bearer x', accept: 'text/csv' },
      list: [{ api_key: 'k', path: 'in.csv' }],
      passenger: 'Ada',
    };
    expect(callRecord('t', given, 5, 7, null)).toEqual({
      tool: 't',
      arguments: {
        password: '***',
        headers: { Authorization: '***', accept: 'text/csv' },
        list: [{ api_key: '***', path: 'in.csv' }],
        passenger: 'Ada',
      },
      duration_ms: 5,
      output_bytes: 7,
    });
  });

  it('keeps the size of large arguments only [TOL-6]', () => {
    const record = callRecord('t', { text: 'ü'.repeat(5_000) }, 5, 7, null);
    expect(record['arguments']).toEqual({ $omitted_bytes: 10_011 });
  });
});
