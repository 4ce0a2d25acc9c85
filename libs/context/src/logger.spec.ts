import { describe, expect, it } from 'vitest';
import { COMMON_ERRORS, newId, publicId } from '#libs/kernel';
import { runInContext } from './context.js';
import { createLogger } from './logger.js';

function makeLogger() {
  const lines: Record<string, unknown>[] = [];
  return {
    lines,
    logger: createLogger('debug', { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }),
  };
}

describe('the log', () => {
  it('names request and tenant on every line written for them [OBS-3]', () => {
    const { lines, logger } = makeLogger();
    const tenantId = newId();
    const context = {
      requestId: 'r1',
      address: '',
      operation: 'GET /',
      principal: undefined,
      tenantId,
    };
    runInContext(context, () => logger.info('inside'));
    logger.info('outside');
    expect(lines[0]).toMatchObject({
      level: 'info',
      request_id: 'r1',
      tenant_id: publicId('ten', tenantId),
      msg: 'inside',
    });
    expect(lines[1]).not.toHaveProperty('request_id');
    expect(lines[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/);
  });

  it('holds no secret, wherever it is put [OBS-3]', () => {
    const { lines, logger } = makeLogger();
    const headers = { authorization: 'SECRET', 'x-api-key': 'SECRET', cookie: 'SECRET', 'set-cookie': 'SECRET' };
    logger.info(
      { password: 'SECRET', user: { password: 'SECRET', token: 'SECRET' }, request: { headers }, headers },
      'x',
    );
    logger.info({ settings: { databaseUrl: 'postgres://SECRET' } }, 'x');
    expect(JSON.stringify(lines)).not.toContain('SECRET');
  });

  it('shows the private part of an error, and nothing that a driver hung on it [OBS-3]', () => {
    const { lines, logger } = makeLogger();
    const error = Object.assign(new Error('duplicate key'), {
      code: '23505',
      detail: 'Key (email)=(SECRET)',
      parameters: ['SECRET'],
    });
    logger.error({ err: error }, 'failed');
    logger.error({ err: COMMON_ERRORS.make('not_found', { detail: 'public', privateDetail: 'private' }) }, 'failed');
    expect(lines[0]?.['err']).toMatchObject({ message: 'duplicate key', code: '23505' });
    expect(lines[1]?.['err']).toMatchObject({ message: 'public', private_detail: 'private' });
    expect(JSON.stringify(lines)).not.toContain('SECRET');
  });
});
