import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  Answers,
  ApiErrors,
  BodyLimit,
  Idempotent,
  type Page,
  Requires,
  idempotentResourceId,
  page,
  publicIdSchema,
} from '#libs/http';
import { publicId } from '#libs/kernel';
import { GoalQueries } from './goal-queries.js';
import { goalExample, newGoalExample } from './goals.examples.js';
import {
  type DryRunView,
  type GoalView,
  type SubmitGoalBody,
  dryRunSchema,
  goalSchema,
  listGoalsQuery,
  submitGoalSchema,
  submitQuery,
} from './goals.schemas.js';
import { SubmitGoal } from './submit-goal.js';

const goalId = publicIdSchema('goal');

/** Plans are large: thousands of tasks, and files inline. */
const GOAL_BODY_BYTES = 8 * 1024 * 1024;

@ApiTags('goals')
@Controller('api/v1/goals')
export class GoalsController {
  constructor(
    private readonly submitGoal: SubmitGoal,
    private readonly goals: GoalQueries,
  ) {}

  @Post()
  @Requires('goal:create')
  @Idempotent()
  @BodyLimit(GOAL_BODY_BYTES)
  @ApiOperation({
    summary: 'Submit a goal',
    description:
      'With a `plan` of tool calls, with a `playbook`, or in words that the rule planner understands. `?dry_run=true` stores nothing and answers the plan and the gate’s decisions (200).',
  })
  @Answers(202, goalSchema, {
    description: 'Stored; it starts at once unless `start` is false.',
    example: newGoalExample,
    headers: { Location: 'Path of the goal' },
  })
  @Answers(200, dryRunSchema, { description: 'Of a dry run: what would happen.' })
  @ApiErrors('invalid_input', 'model_required', 'file_unknown')
  async submit(
    @Body({ schema: submitGoalSchema }) body: SubmitGoalBody,
    @Query({ schema: submitQuery }) query: z.output<typeof submitQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GoalView | DryRunView> {
    if (query.dry_run === 'true') {
      reply.status(200);
      return this.submitGoal.dryRun(body);
    }
    const id = await this.submitGoal.submit(body, idempotentResourceId());
    reply.status(202).header('Location', `/api/v1/goals/${publicId('goal', id)}`);
    return this.goals.get(id);
  }

  @Get()
  @Requires('goal:read')
  @ApiOperation({ summary: 'List goals', description: 'Newest first.' })
  @Answers(200, page(goalSchema), {
    description: 'A page of goals.',
    example: { data: [goalExample], next_cursor: null },
  })
  list(@Query({ schema: listGoalsQuery }) query: z.output<typeof listGoalsQuery>): Promise<Page<GoalView>> {
    return this.goals.list(query);
  }

  @Get(':goal_id')
  @Requires('goal:read')
  @ApiOperation({ summary: 'Read a goal' })
  @Answers(200, goalSchema, { description: 'The goal as it is now.', example: goalExample })
  @ApiErrors('not_found')
  get(@Param('goal_id', { schema: goalId }) id: string): Promise<GoalView> {
    return this.goals.get(id);
  }
}
