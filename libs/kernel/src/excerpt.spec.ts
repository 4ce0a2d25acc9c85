import { describe, expect, it } from 'vitest';
import { excerpt } from './excerpt.js';

describe('an excerpt', () => {
  it('is the text itself up to 128 characters', () => {
    expect(excerpt('')).toBe('');
    expect(excerpt('a'.repeat(128))).toBe('a'.repeat(128));
  });

  it('is cut off beyond that, and stays storable text', () => {
    expect(excerpt('a'.repeat(129))).toBe(`${'a'.repeat(128)}…`);
    expect(excerpt(`${'a'.repeat(127)}🏡`).isWellFormed()).toBe(true);
  });
});
