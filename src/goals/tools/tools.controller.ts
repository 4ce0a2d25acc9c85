import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  Answers,
  ApiErrors,
  BodyLimit,
  Idempotent,
  type Page,
  type PagingQuery,
  Requires,
  idempotentResourceId,
  page,
  pagingQuery,
} from '#libs/http';
import { ExecuteTool } from './execute-tool.js';
import { RegisterTool } from './register-tool.js';
import { ToolQueries } from './tool-queries.js';
import { executedExample, toolExample, waitingExample } from './tools.examples.js';
import {
  type ExecuteToolBody,
  type ExecutedView,
  type RegisterToolBody,
  type ToolSummary,
  type ToolView,
  type WaitingView,
  executeToolSchema,
  executedSchema,
  registerToolSchema,
  toolName,
  toolSchema,
  toolSummarySchema,
  waitingSchema,
} from './tools.schemas.js';

/** Files may come inline, as with goals. */
const CALL_BODY_BYTES = 8 * 1024 * 1024;

const { definition: _definition, registered_by: _by, registered_at: _at, ...summaryExample } = toolExample;

@ApiTags('tools')
@Controller('api/v1/tools')
export class ToolsController {
  constructor(
    private readonly tools: ToolQueries,
    private readonly registration: RegisterTool,
    private readonly calls: ExecuteTool,
  ) {}

  @Get()
  @Requires('tool:read')
  @ApiOperation({ summary: 'List tools', description: 'What tasks can call, by name: built-in tools and your own.' })
  @Answers(200, page(toolSummarySchema), {
    description: 'A page of tools.',
    example: { data: [summaryExample], next_cursor: null },
  })
  list(@Query({ schema: pagingQuery }) query: PagingQuery): Promise<Page<ToolSummary>> {
    return this.tools.list(query);
  }

  @Get(':tool_name')
  @Requires('tool:read')
  @ApiOperation({ summary: 'Read a tool' })
  @Answers(200, toolSchema, { description: 'The tool, with what was registered.', example: toolExample })
  @ApiErrors('not_found')
  get(@Param('tool_name', { schema: toolName }) name: string): Promise<ToolView> {
    return this.tools.get(name);
  }

  @Post()
  @Requires('tool:register')
  @Idempotent()
  @ApiOperation({
    summary: 'Register a tool',
    description:
      'Each call of it is a request or a piece of JavaScript, under the same rules as those of the built-in tools. ' +
      'What it says of its effect, level and risk must not be less than what it does.',
  })
  @Answers(201, toolSchema, {
    description: 'Registered; goals can call it.',
    example: toolExample,
    headers: { Location: 'Path of the tool' },
  })
  @ApiErrors('invalid_input', 'tool_name_taken', 'tool_name_in_use', 'tool_limit')
  async register(
    @Body({ schema: registerToolSchema }) body: RegisterToolBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ToolView> {
    await this.registration.register(body, idempotentResourceId());
    reply.header('Location', `/api/v1/tools/${body.name}`);
    return this.tools.get(body.name);
  }

  @Delete(':tool_name')
  @Requires('tool:delete')
  @ApiOperation({
    summary: 'Delete a tool of your own',
    description: 'Plans that name it are refused from now on; running goals fail where they call it.',
  })
  @Answers(204, undefined, { description: 'Deleted.' })
  @ApiErrors('not_found', 'tool_built_in')
  remove(@Param('tool_name', { schema: toolName }) name: string): Promise<void> {
    return this.registration.remove(name);
  }

  @Post(':tool_name/execute')
  @Requires('tool:execute')
  @Idempotent()
  @BodyLimit(CALL_BODY_BYTES)
  @ApiOperation({
    summary: 'Call a tool once',
    description:
      'The call is a goal of one task, made once: the safety gate, approvals and kill switches hold for it, and it is ' +
      'recorded like any other. The answer comes when it has ended, or after 30 seconds.',
  })
  @Answers(200, executedSchema, { description: 'The call succeeded.', example: executedExample })
  @Answers(202, waitingSchema, {
    description: 'The call waits for a person, or takes longer.',
    example: waitingExample,
    headers: { Location: 'Path of the goal' },
  })
  @ApiErrors('not_found', 'invalid_input', 'file_unknown', 'tool_call_failed')
  async execute(
    @Param('tool_name', { schema: toolName }) name: string,
    @Body({ schema: executeToolSchema }) body: ExecuteToolBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ExecutedView | WaitingView> {
    const { kind, view } = await this.calls.execute(name, body, idempotentResourceId());
    reply.status(kind === 'done' ? 200 : 202);
    if (kind === 'waiting') reply.header('Location', `/api/v1/goals/${view.goal_id}`);
    return view;
  }
}
