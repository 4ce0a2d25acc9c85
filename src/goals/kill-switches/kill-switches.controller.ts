import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Answers,
  ApiErrors,
  type Page,
  type PagingQuery,
  Requires,
  page,
  pagingQuery,
  publicIdSchema,
} from '#libs/http';
import { type EngageBody, type SwitchView, engageBody, switchExample, switchSchema } from './kill-switches.schemas.js';
import { KillSwitches } from './kill-switches.service.js';

const goalId = publicIdSchema('goal');
const ENGAGED = {
  description: 'Engaged: running tools are being stopped, and nothing new starts.',
  example: switchExample,
};

/** The kill switches of a goal, of the tenant, and of everything. */
@ApiTags('kill switches')
@Controller('api/v1')
export class KillSwitchesController {
  constructor(private readonly switches: KillSwitches) {}

  @Get('kill-switches')
  @Requires('goal:read')
  @ApiOperation({ summary: 'List engaged kill switches', description: 'What stops goals of the tenant now.' })
  @Answers(200, page(switchSchema), {
    description: 'A page of switches, the widest first, then the oldest.',
    example: { data: [switchExample], next_cursor: null },
  })
  list(@Query({ schema: pagingQuery }) query: PagingQuery): Promise<Page<SwitchView>> {
    return this.switches.list(query);
  }

  @Put('kill-switch')
  @Requires('goal:execute')
  @ApiOperation({
    summary: 'Stop all goals of the tenant',
    description: 'Until it is lifted. Goals can still be cancelled.',
  })
  @Answers(200, switchSchema, ENGAGED)
  engage(@Body({ schema: engageBody }) { reason }: EngageBody): Promise<SwitchView> {
    return this.switches.engage(null, reason);
  }

  // Stopping is for everybody who runs goals; whether it is over is not for whom it has stopped.
  @Delete('kill-switch')
  @Requires('tenant:update')
  @ApiOperation({ summary: 'Let the goals of the tenant go on', description: 'For administrators of the tenant.' })
  @Answers(204, undefined, { description: 'Lifted.' })
  @ApiErrors('not_found')
  lift(): Promise<void> {
    return this.switches.lift(null);
  }

  @Put('goals/:goal_id/kill-switch')
  @Requires('goal:execute')
  @ApiOperation({
    summary: 'Stop a goal at once',
    description: 'Unlike a pause, what runs is stopped, too. Unlike a cancel, the goal can go on later.',
  })
  @Answers(200, switchSchema, ENGAGED)
  @ApiErrors('not_found', 'goal_final')
  engageGoal(
    @Param('goal_id', { schema: goalId }) id: string,
    @Body({ schema: engageBody }) { reason }: EngageBody,
  ): Promise<SwitchView> {
    return this.switches.engage(id, reason);
  }

  @Delete('goals/:goal_id/kill-switch')
  @Requires('goal:approve')
  @ApiOperation({
    summary: 'Let a stopped goal go on',
    description: 'Not for whoever submitted it, unless they alone engaged the switch.',
  })
  @Answers(204, undefined, { description: 'Lifted.' })
  @ApiErrors('not_found', 'own_request')
  liftGoal(@Param('goal_id', { schema: goalId }) id: string): Promise<void> {
    return this.switches.lift(id);
  }

  @Put('admin/kill-switch')
  @Requires('admin:write')
  @ApiOperation({ summary: 'Stop all goals of all tenants', description: 'For platform administrators.' })
  @Answers(200, switchSchema, { ...ENGAGED, example: { ...switchExample, scope: 'installation' } })
  engageAll(@Body({ schema: engageBody }) { reason }: EngageBody): Promise<SwitchView> {
    return this.switches.engageAll(reason);
  }

  @Delete('admin/kill-switch')
  @Requires('admin:write')
  @ApiOperation({ summary: 'Let everything go on' })
  @Answers(204, undefined, { description: 'Lifted.' })
  @ApiErrors('not_found')
  liftAll(): Promise<void> {
    return this.switches.liftAll();
  }
}
