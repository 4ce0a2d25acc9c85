import { COMMON_ERRORS } from '#libs/kernel';
import { describe, expect, it } from 'vitest';
import { isRefusal, refusedOrUnavailable } from './refusal.js';

const failed = (code: string): Error => Object.assign(new Error('it failed'), { code });

describe('a failed write', () => {
  it.each(['22P05', '23505', '42501', '54000'])(
    'with the state %s is the fault of what was written [ORC-16]',
    (code) => {
      const error = failed(code);
      expect(isRefusal(error)).toBe(true);
      expect(refusedOrUnavailable(error)).toBe(error);
    },
  );

  it.each(['53100', '53200', '57014', '40P01', '40001', '25006', '08006', '57P01', 'XX000', 'ECONNRESET'])(
    'with the state %s is worth another try [ORC-16]',
    (code) => {
      const error = failed(code);
      expect(isRefusal(error)).toBe(false);
      expect(refusedOrUnavailable(error)).toMatchObject({ code: 'unavailable', cause: error });
    },
  );

  it('is a refusal as well where the value has no form that could be sent [ORC-16]', () => {
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    const unsendable = (): unknown => {
      try {
        return JSON.stringify(cyclic);
      } catch (error) {
        return error;
      }
    };
    expect(isRefusal(unsendable())).toBe(true);
    expect(isRefusal(new RangeError('Invalid string length'))).toBe(true);
    const known = COMMON_ERRORS.make('unavailable', 'The database cannot be reached right now.');
    expect([isRefusal(known), refusedOrUnavailable(known)]).toEqual([false, known]);
  });
});
