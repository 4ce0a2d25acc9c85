import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { Answers, ApiErrors, BodyLimit, Idempotent, Requires, idempotentResourceId, publicIdSchema } from '#libs/http';
import { publicId } from '#libs/kernel';
import { approveGoalBody } from './approvals/approvals.schemas.js';
import { DecideApproval } from './approvals/decide-approval.js';
import { ForkGoal } from './fork/fork-goal.js';
import { forkBody } from './fork/fork.schemas.js';
import { GoalCommands } from './goal-commands.js';
import { GoalQueries } from './goal-queries.js';
import { forkExample, goalExample, retryExample } from './goals.examples.js';
import { type GoalView, commandBody, goalSchema, retryBody } from './goals.schemas.js';
import { RetryGoal } from './retry-goal.js';

type CommandBody = z.output<typeof commandBody>;

const goalId = publicIdSchema('goal');
/** Arguments of thousands of tasks. */
const GOAL_BODY_BYTES = 8 * 1024 * 1024;
const ANSWER = { description: 'The goal as it is once its owner has heard.', example: goalExample };

/** What can be asked of a goal. The answer comes when the goal's owner has heard, or after two seconds. */
@ApiTags('goals')
@Controller('api/v1/goals/:goal_id')
export class GoalCommandsController {
  constructor(
    private readonly commands: GoalCommands,
    private readonly retryGoal: RetryGoal,
    private readonly forkGoal: ForkGoal,
    private readonly goals: GoalQueries,
    private readonly decisions: DecideApproval,
  ) {}

  @Post('execute')
  @Requires('goal:execute')
  @ApiOperation({ summary: 'Start a goal that waits', description: 'One that was submitted with `"start": false`.' })
  @Answers(200, goalSchema, ANSWER)
  @ApiErrors('not_found', 'goal_final', 'already_started')
  execute(
    @Param('goal_id', { schema: goalId }) id: string,
    @Body({ schema: commandBody }) body: CommandBody,
  ): Promise<GoalView> {
    return this.commands.ask(id, 'start', body.reason);
  }

  @Post('pause')
  @Requires('goal:execute')
  @ApiOperation({ summary: 'Pause a goal', description: 'Nothing new starts; what runs comes to its end.' })
  @Answers(200, goalSchema, ANSWER)
  @ApiErrors('not_found', 'goal_final')
  pause(
    @Param('goal_id', { schema: goalId }) id: string,
    @Body({ schema: commandBody }) body: CommandBody,
  ): Promise<GoalView> {
    return this.commands.ask(id, 'pause', body.reason);
  }

  @Post('resume')
  @Requires('goal:execute')
  @ApiOperation({ summary: 'Let a paused goal go on' })
  @Answers(200, goalSchema, ANSWER)
  @ApiErrors('not_found', 'goal_final')
  resume(
    @Param('goal_id', { schema: goalId }) id: string,
    @Body({ schema: commandBody }) body: CommandBody,
  ): Promise<GoalView> {
    return this.commands.ask(id, 'resume', body.reason);
  }

  @Post('cancel')
  @Requires('goal:execute')
  @ApiOperation({ summary: 'Cancel a goal', description: 'Running tools are stopped within two seconds.' })
  @Answers(200, goalSchema, ANSWER)
  @ApiErrors('not_found', 'goal_final')
  cancel(
    @Param('goal_id', { schema: goalId }) id: string,
    @Body({ schema: commandBody }) body: CommandBody,
  ): Promise<GoalView> {
    return this.commands.ask(id, 'cancel', body.reason);
  }

  @Post('approve')
  @Requires('goal:approve')
  @ApiOperation({
    summary: 'Approve what a goal waits for',
    description:
      'For a goal with one pending approval; with several, name the task or decide each by its id. Where a call may ' +
      'have taken effect, `resolution` says what is to become of it.',
  })
  @Answers(200, goalSchema, ANSWER)
  @ApiErrors('not_found', 'nothing_pending', 'several_pending', 'own_request')
  async approve(
    @Param('goal_id', { schema: goalId }) id: string,
    @Body({ schema: approveGoalBody }) { task_id, ...answer }: z.output<typeof approveGoalBody>,
  ): Promise<GoalView> {
    await this.goals.row(id);
    await this.decisions.decideOnly(id, task_id, { ...answer, approved: true });
    return this.goals.get(id);
  }

  @Post('retry')
  @Requires('goal:create')
  @Idempotent()
  @ApiOperation({
    summary: 'Retry a goal that failed or was cancelled',
    description: 'Makes a new goal with the same plan and files; tasks that succeeded are kept and do not run again.',
  })
  @Answers(202, goalSchema, {
    description: 'The new goal; `retry_of` names the old one.',
    example: retryExample,
    headers: { Location: 'Path of the new goal' },
  })
  @ApiErrors('not_found', 'not_final', 'nothing_to_retry')
  async retry(
    @Param('goal_id', { schema: goalId }) id: string,
    @Body({ schema: retryBody }) body: z.output<typeof retryBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GoalView> {
    return this.made(await this.retryGoal.retry(id, body.deadline, idempotentResourceId()), reply);
  }

  @Post('fork')
  @Requires('goal:create')
  @Idempotent()
  @BodyLimit(GOAL_BODY_BYTES)
  @ApiOperation({
    summary: 'Run a goal again from a point of its journal',
    description:
      'Makes a new goal that begins as this one stood after row `from_seq`: with the plan, the results and the files of then. ' +
      'Tasks whose arguments are changed run again, and what depends on them. What runs again calls again, with another ' +
      'idempotency key, also where the call of this goal took effect after that row. The goal itself goes on, or stays as it is.',
  })
  @Answers(202, goalSchema, {
    description: 'The new goal; `forked_from` names the old one and the row.',
    example: forkExample,
    headers: { Location: 'Path of the new goal' },
  })
  @ApiErrors('not_found', 'invalid_input', 'file_content_missing', 'history_too_large', 'unavailable')
  async fork(
    @Param('goal_id', { schema: goalId }) id: string,
    @Body({ schema: forkBody }) body: z.output<typeof forkBody>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<GoalView> {
    return this.made(await this.forkGoal.fork(id, body, idempotentResourceId()), reply);
  }

  private made(id: string, reply: FastifyReply): Promise<GoalView> {
    reply.header('Location', `/api/v1/goals/${publicId('goal', id)}`);
    return this.goals.get(id);
  }
}
