import { Body, Controller, Delete, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import {
  Answers,
  ApiErrors,
  Idempotent,
  type Page,
  type PagingQuery,
  Requires,
  idempotentResourceId,
  page,
  pagingQuery,
} from '#libs/http';
import { PlaybookQueries } from './playbook-queries.js';
import { playbookExample, playbookSummaryExample } from './playbooks.examples.js';
import {
  type PlaybookBody,
  type PlaybookSummary,
  type PlaybookView,
  getPlaybookQuery,
  playbookBody,
  playbookName,
  playbookSchema,
  playbookSummarySchema,
} from './playbooks.schemas.js';
import { StorePlaybook } from './store-playbook.js';

/** Plans with parameters, of which goals are made without a model. */
@ApiTags('playbooks')
@Controller('api/v1/playbooks')
export class PlaybooksController {
  constructor(
    private readonly playbooks: PlaybookQueries,
    private readonly store: StorePlaybook,
  ) {}

  @Get()
  @Requires('goal:read')
  @ApiOperation({ summary: 'List playbooks', description: 'Built-in ones and your own, by name.' })
  @Answers(200, page(playbookSummarySchema), {
    description: 'A page of playbooks.',
    example: { data: [playbookSummaryExample], next_cursor: null },
  })
  list(@Query({ schema: pagingQuery }) query: PagingQuery): Promise<Page<PlaybookSummary>> {
    return this.playbooks.list(query);
  }

  @Get(':playbook_name')
  @Requires('goal:read')
  @ApiOperation({ summary: 'Read a playbook', description: 'With its plan, and the YAML that it was read from.' })
  @Answers(200, playbookSchema, { description: 'The playbook.', example: playbookExample })
  @ApiErrors('not_found')
  get(
    @Param('playbook_name', { schema: playbookName }) name: string,
    @Query({ schema: getPlaybookQuery }) { version }: z.output<typeof getPlaybookQuery>,
  ): Promise<PlaybookView> {
    return this.playbooks.get(name, version);
  }

  @Post()
  @Requires('tool:register')
  @Idempotent()
  @ApiOperation({
    summary: 'Store a playbook',
    description: 'Under the name that is in its source. It is checked whole, with its examples as parameters.',
  })
  @Answers(201, playbookSchema, {
    description: 'Stored.',
    example: playbookExample,
    headers: { Location: 'Path of the playbook' },
  })
  @ApiErrors('invalid_playbook', 'playbook_name_taken', 'playbook_exists', 'playbook_limit')
  async create(
    @Body({ schema: playbookBody }) { source }: PlaybookBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlaybookView> {
    const name = await this.store.create(source, idempotentResourceId());
    reply.header('Location', `/api/v1/playbooks/${name}`);
    return this.playbooks.get(name);
  }

  @Put(':playbook_name')
  @Requires('tool:register')
  @ApiOperation({
    summary: 'Give a playbook a new version',
    description: 'Goals that exist keep the plan that they have. The same source again makes no new version.',
  })
  @Answers(200, playbookSchema, { description: 'The newest version.', example: { ...playbookExample, version: 2 } })
  @ApiErrors('not_found', 'invalid_playbook', 'playbook_built_in')
  async replace(
    @Param('playbook_name', { schema: playbookName }) name: string,
    @Body({ schema: playbookBody }) { source }: PlaybookBody,
  ): Promise<PlaybookView> {
    await this.store.replace(name, source);
    return this.playbooks.get(name);
  }

  @Delete(':playbook_name')
  @Requires('tool:delete')
  @ApiOperation({ summary: 'Delete a playbook', description: 'Goals that exist keep the plan that they have.' })
  @Answers(204, undefined, { description: 'Deleted.' })
  @ApiErrors('not_found', 'playbook_built_in')
  remove(@Param('playbook_name', { schema: playbookName }) name: string): Promise<void> {
    return this.store.remove(name);
  }
}
