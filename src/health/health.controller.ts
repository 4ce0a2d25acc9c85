import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, PRODUCT, Public } from '#libs/http';
import { COMMON_ERRORS } from '#libs/kernel';
import type { z } from 'zod';
import { type CheckResult, HealthService, missingOf } from './health.service.js';
import { deepSchema, liveSchema, readySchema } from './health.schemas.js';

/** For monitors and balancers. Public, and hence silent about reasons: those are in the log. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'Whether the program runs' })
  @Answers(200, liveSchema, {
    description: 'It runs.',
    example: { status: 'ok', version: PRODUCT.version, uptime_seconds: 3600 },
  })
  live(): z.output<typeof liveSchema> {
    return { status: 'ok', version: PRODUCT.version, uptime_seconds: Math.floor(process.uptime()) };
  }

  @Get('ready')
  @Public()
  @ApiOperation({ summary: 'Whether the program can serve requests' })
  @Answers(200, readySchema, { description: 'It can. Otherwise the answer is 503.', example: { status: 'ready' } })
  async ready(): Promise<z.output<typeof readySchema>> {
    const detail = this.complaint(this.health.interruption ? [] : await this.health.results());
    if (detail) throw COMMON_ERRORS.make('unavailable', detail);
    return { status: 'ready' };
  }

  @Get('deep')
  @Public()
  @ApiOperation({ summary: 'How each part of the installation does' })
  @Answers(200, deepSchema, {
    description: 'Every required part works. Otherwise the answer is 503, with the same `checks`.',
    example: { status: 'ok', checks: [{ name: 'database', status: 'ok', required: true, latency_ms: 0.8 }] },
  })
  async deep(): Promise<z.output<typeof deepSchema>> {
    const results = await this.health.results();
    const checks = results.map(viewCheck);
    const detail = this.complaint(results);
    if (detail) throw COMMON_ERRORS.make('unavailable', { detail, extensions: { checks } });
    return { status: results.every((result) => result.works) ? 'ok' : 'degraded', checks };
  }

  private complaint(results: readonly CheckResult[]): string | undefined {
    const { interruption } = this.health;
    if (interruption) return `The program is ${interruption}.`;
    const missing = missingOf(results);
    return missing.length > 0 ? `This does not work right now: ${missing.join(', ')}.` : undefined;
  }
}

function viewCheck({ name, works, required, milliseconds }: CheckResult) {
  return { name, status: works ? ('ok' as const) : ('failed' as const), required, latency_ms: milliseconds };
}
