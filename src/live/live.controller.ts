import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { requirePrincipal } from '#libs/context';
import { Answers, ApiErrors, Requires, publicIdSchema } from '#libs/http';
import { EventLogReader, JournalReader } from '#libs/persistence';
import { GoalFeed } from './goal-feed.js';
import { goalStreamExample, resumeQuery, tenantStreamExample } from './live.schemas.js';
import { LiveService } from './live.service.js';
import { lastCursor, lastRow } from './resume.js';
import { SSE_MEDIA_TYPE } from './sse.js';
import { TenantFeed } from './tenant-feed.js';

type ResumeQuery = z.output<typeof resumeQuery>;

const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  required: false,
  description: 'The `id` of the last event that was received: the stream goes on behind it, nothing missed or twice.',
} as const;

const LIMITS = ['too_many_live_streams', 'live_streams_exhausted'] as const;

const COMMON_PARTS =
  'Server-sent events. Lines that begin with a colon are comments: one at once, one every 15 seconds. ' +
  'The stream ends within two seconds after the credential has lost the right to it, and when the program stops; ' +
  'connect again with `Last-Event-ID`.';

@ApiTags('live')
@Controller('api/v1')
export class LiveController {
  constructor(
    private readonly live: LiveService,
    private readonly journal: JournalReader,
    private readonly events: EventLogReader,
  ) {}

  @Get('goals/:goal_id/events')
  @Requires('goal:read')
  @ApiOperation({
    summary: 'Follow a goal live',
    description: `The goal's journal from its first row on, and then as it grows, until the goal has ended. \`id\` is the \`seq\` of the row, \`event\` its type, \`data\` the row as in \`GET /api/v1/goals/{goal_id}/journal\`. ${COMMON_PARTS}`,
  })
  @ApiHeader({ ...LAST_EVENT_ID, schema: { type: 'string', example: '41' } })
  @Answers(200, undefined, {
    description: 'The stream. It ends after the last row of a goal that is in a final state.',
    mediaType: SSE_MEDIA_TYPE,
    example: goalStreamExample,
  })
  @ApiResponse({
    status: 204,
    description: 'The goal has ended, and nothing follows the given event: do not ask again.',
  })
  @ApiErrors(...LIMITS)
  async goal(
    @Param('goal_id', { schema: publicIdSchema('goal') }) goalId: string,
    @Query({ schema: resumeQuery }) query: ResumeQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = lastRow({ headers: request.headers, query });
    const feed = new GoalFeed(this.journal, requirePrincipal().tenantId, goalId, after);
    await this.live.serve({ request, reply }, feed, ['goal:read']);
  }

  @Get('events')
  @Requires('goal:read')
  @ApiOperation({
    summary: 'Follow the whole tenant live',
    description: `The events of the tenant that the credential may see, from now on or behind \`Last-Event-ID\`. \`id\` is opaque, \`event\` the type; \`data\` has \`id\` (\`evt_…\`), \`type\`, \`at\`, \`actor\`, \`resource\` (\`kind\`, \`id\`), \`data\` and \`request_id\`. A block with an \`id\` alone only tells where the stream stands. ${COMMON_PARTS}`,
  })
  @ApiHeader({ ...LAST_EVENT_ID, schema: { type: 'string' } })
  @Answers(200, undefined, {
    description: 'The stream. It has no end of its own.',
    mediaType: SSE_MEDIA_TYPE,
    example: tenantStreamExample,
  })
  @ApiErrors(...LIMITS)
  async tenant(
    @Query({ schema: resumeQuery }) query: ResumeQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const feed = new TenantFeed(
      this.events,
      requirePrincipal().tenantId,
      lastCursor({ headers: request.headers, query }),
    );
    await this.live.serve({ request, reply }, feed, ['goal:read']);
  }
}
