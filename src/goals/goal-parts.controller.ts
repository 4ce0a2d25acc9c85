import { Controller, Get, Param, Query, StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  Answers,
  ApiErrors,
  type JournalEntryView,
  type Page,
  type PagingQuery,
  Requires,
  journalEntrySchema,
  page,
  pagingQuery,
  publicIdSchema,
} from '#libs/http';
import { type ArtifactView, type TaskView, artifactSchema, taskSchema } from './goal-parts.schemas.js';
import { GoalQueries } from './goal-queries.js';
import { artifactExample, journalExample, taskExample } from './goals.examples.js';

const goalId = publicIdSchema('goal');
const artifactId = publicIdSchema('art');

/** What belongs to a goal. */
@ApiTags('goals')
@Controller('api/v1/goals/:goal_id')
export class GoalPartsController {
  constructor(private readonly goals: GoalQueries) {}

  @Get('tasks')
  @Requires('goal:read')
  @ApiOperation({
    summary: 'Tasks of a goal',
    description: 'In the order of the plan; empty until the goal has a plan.',
  })
  @Answers(200, page(taskSchema), {
    description: 'A page of tasks.',
    example: { data: [taskExample], next_cursor: null },
  })
  @ApiErrors('not_found')
  tasks(
    @Param('goal_id', { schema: goalId }) id: string,
    @Query({ schema: pagingQuery }) query: PagingQuery,
  ): Promise<Page<TaskView>> {
    return this.goals.tasks(id, query);
  }

  @Get('journal')
  @Requires('goal:read')
  @ApiOperation({ summary: 'Journal of a goal', description: 'Everything that happened, oldest first.' })
  @Answers(200, page(journalEntrySchema), {
    description: 'A page of the journal.',
    example: { data: [journalExample], next_cursor: null },
  })
  @ApiErrors('not_found')
  journal(
    @Param('goal_id', { schema: goalId }) id: string,
    @Query({ schema: pagingQuery }) query: PagingQuery,
  ): Promise<Page<JournalEntryView>> {
    return this.goals.journal(id, query);
  }

  @Get('artifacts')
  @Requires('goal:read')
  @ApiOperation({
    summary: 'Files that the goal made',
    description: 'As they were when the task that wrote them ended.',
  })
  @Answers(200, page(artifactSchema), {
    description: 'A page of artifacts.',
    example: { data: [artifactExample], next_cursor: null },
  })
  @ApiErrors('not_found')
  artifacts(
    @Param('goal_id', { schema: goalId }) id: string,
    @Query({ schema: pagingQuery }) query: PagingQuery,
  ): Promise<Page<ArtifactView>> {
    return this.goals.artifacts(id, query);
  }

  @Get('artifacts/:artifact_id/content')
  @Requires('goal:read')
  @ApiOperation({ summary: 'Content of an artifact' })
  @Answers(200, undefined, { description: 'The bytes, as a download.', mediaType: 'application/octet-stream' })
  @ApiErrors('not_found', 'file_content_missing')
  async content(
    @Param('goal_id', { schema: goalId }) goal: string,
    @Param('artifact_id', { schema: artifactId }) id: string,
  ): Promise<StreamableFile> {
    const { artifact, stream } = await this.goals.artifactContent(goal, id);
    const name = artifact.path.split('/').at(-1) ?? 'artifact';
    return new StreamableFile(stream, {
      type: artifact.media_type,
      length: artifact.size,
      // Always a download: a page that a goal wrote must not run under our origin. RFC 6266, section 4.3.
      disposition: `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, encodeByte)}`,
    });
  }
}

function encodeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
