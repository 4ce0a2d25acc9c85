import { describe, expect, it } from 'vitest';
import { callRecord } from './call-record.js';

const CALL = { tool: 't', given: {}, idempotencyKey: null, outputBytes: 7, approval: null };

describe('the record of a call', () => {
  it('hides what is named like a secret, at any depth, and nothing else [TOL-6]', () => {
    const given = {
      password: 'hunter2',
      headers: { Authorization: 'Bearer x', accept: 'text/csv' },
      list: [{ api_key: 'k', path: 'in.csv' }],
      passenger: 'Ada',
    };
    expect(callRecord({ ...CALL, given }, 5)).toEqual({
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

  it('has the key by which others recognise a repetition, and no duration where none is known [TOL-6, TOL-7]', () => {
    expect(callRecord({ ...CALL, idempotencyKey: 'av-1' }, null)).toEqual({
      tool: 't',
      arguments: {},
      idempotency_key: 'av-1',
      output_bytes: 7,
    });
  });

  it('keeps the size of large arguments only [TOL-6]', () => {
    const record = callRecord({ ...CALL, given: { text: 'ü'.repeat(5_000) } }, 5);
    expect(record['arguments']).toEqual({ $omitted_bytes: 10_011 });
  });
});
