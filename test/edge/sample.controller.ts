import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { currentContext, findContext, requirePrincipal } from '#libs/context';
import {
  Answers,
  ApiErrors,
  BodyLimit,
  Public,
  RawUpload,
  Requires,
  decodeCursor,
  encodeCursor,
  page,
  pagingQuery,
  publicIdSchema,
} from '#libs/http';

const body = z
  .strictObject({
    name: z.string().min(1),
    context: z.record(z.string(), z.unknown()).optional(),
    steps: z.array(z.strictObject({ tool: z.string() })).optional(),
  })
  .meta({ id: 'SampleInput', examples: [{ name: 'first' }] });

const answer = z.object({ name: z.string() }).meta({ id: 'Sample' });

@Controller('sample')
export class SampleController {
  @Get('public')
  @Public()
  open() {
    const { requestId, principal, address } = currentContext();
    return { request_id: requestId, principal: principal ?? null, address };
  }

  @Get('any')
  @Requires()
  any() {
    const { principal, tenantId } = requirePrincipal();
    return { name: principal.name, tenant: tenantId };
  }

  @Get('erase')
  @Requires('tenant:manage')
  erase() {
    return {};
  }

  @Post('things')
  @Requires('goal:create')
  @Answers(201, answer, { description: 'Made.', example: { name: 'first' } })
  @ApiErrors('not_found')
  create(@Body({ schema: body }) input: z.output<typeof body>) {
    return input;
  }

  @Get('things')
  @Requires('goal:read')
  @Answers(200, page(answer), { description: 'A page.' })
  list(@Query({ schema: pagingQuery }) query: z.output<typeof pagingQuery>) {
    const position = decodeCursor(query.cursor, z.object({ after: z.int() }));
    return { data: [], limit: query.limit, position: position ?? null, next_cursor: encodeCursor({ after: 7 }) };
  }

  @Get('things/:id')
  @Requires('goal:read')
  find(@Param('id', { schema: publicIdSchema('goal') }) id: string) {
    return { id };
  }

  @Post('small')
  @Public()
  @BodyLimit(10)
  small(@Body() input: unknown) {
    return { input: input ?? null };
  }

  @Post('raw')
  @Public()
  @RawUpload()
  @BodyLimit(3_000_000)
  async raw(@Body() stream: Readable) {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return { size: Buffer.concat(chunks).length, inside: findContext() !== undefined };
  }

  @Post('echo')
  @Public()
  echo(@Body() input: unknown) {
    return { input };
  }

  @Get('broken')
  @Public()
  broken(@Res({ passthrough: true }) reply: FastifyReply) {
    reply.header('location', '/nowhere');
    throw new Error('the secret is 42');
  }
}
