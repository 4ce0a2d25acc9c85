import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers, ApiErrors, type Page, Requires, page, publicIdSchema } from '#libs/http';
import { ReplayQueries } from './replay-queries.js';
import { planExample, planVersionsExample, replayExample } from './replay.examples.js';
import {
  type PlanVersionView,
  type PlanView,
  type ReplayQuery,
  type ReplayView,
  planSchema,
  planVersionSchema,
  replayQuery,
  replaySchema,
} from './replay.schemas.js';

const goalId = publicIdSchema('goal');
const version = z
  .string()
  .regex(/^[1-9]\d{0,8}$/, 'Expected the number of a version')
  .transform(Number);

/** The past of a goal: every step as it happened, and where its plans came from. */
@ApiTags('goals')
@Controller('api/v1/goals/:goal_id')
export class ReplayController {
  constructor(private readonly replays: ReplayQueries) {}

  @Get('replay')
  @Requires('goal:read')
  @ApiOperation({
    summary: 'A goal as it was after a row of its journal',
    description:
      'Read from the journal up to that row. `previous_seq` and `next_seq` lead through the journal; `limit` and `cursor` through the tasks.',
  })
  @Answers(200, replaySchema, { description: 'The state then, and the row.', example: replayExample })
  @ApiErrors('not_found', 'invalid_input', 'history_too_large', 'unavailable')
  replay(
    @Param('goal_id', { schema: goalId }) id: string,
    @Query({ schema: replayQuery }) query: ReplayQuery,
  ): Promise<ReplayView> {
    return this.replays.at(id, query);
  }

  @Get('plans')
  @Requires('goal:read')
  @ApiOperation({
    summary: 'Versions of a goal’s plan',
    description: 'What each replan kept, dropped, added and changed. Oldest first; there are never more than a page.',
  })
  @Answers(200, page(planVersionSchema), { description: 'The versions.', example: planVersionsExample })
  @ApiErrors('not_found')
  plans(@Param('goal_id', { schema: goalId }) id: string): Promise<Page<PlanVersionView>> {
    return this.replays.plans(id);
  }

  @Get('plans/:version')
  @Requires('goal:read')
  @ApiOperation({ summary: 'One version of a goal’s plan' })
  @Answers(200, planSchema, { description: 'The plan.', example: planExample })
  @ApiErrors('not_found')
  plan(
    @Param('goal_id', { schema: goalId }) id: string,
    @Param('version', { schema: version }) number: number,
  ): Promise<PlanView> {
    return this.replays.plan(id, number);
  }
}
