import { access } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isUnreachable, translate } from './database.errors.js';

async function refusalOf(path: string): Promise<unknown> {
  return once(connect(path), 'connect').catch((error: unknown) => error);
}

describe('translate', () => {
  it('calls a socket that is not there an unreachable database', async () => {
    const error = await refusalOf('/nonexistent/.s.PGSQL.5432');
    expect(error).toMatchObject({ code: 'ENOENT' });
    expect(translate(error)).toMatchObject({ code: 'unavailable' });
    expect(isUnreachable(new AggregateError([error]))).toBe(true);
  });

  it('leaves a file that is not there what it is', async () => {
    const error: unknown = await access('/nonexistent/file').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ENOENT' });
    expect(translate(error)).toBe(error);
  });
});
