import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Answers, type Page, type PagingQuery, Requires, cutPage, decodeCursor, page, pagingQuery } from '#libs/http';
import type { JsonObject } from '#libs/kernel';
import type { ToolDescription } from '#libs/tools';
import { requirePrincipal } from '#libs/context';
import { TenantTools } from './tenant-tools.js';

const jsonSchema = z.custom<JsonObject>(() => true).meta({ type: 'object', additionalProperties: true });

const toolSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    permission_level: z.enum(['READ_ONLY', 'READ_WRITE', 'EXECUTE', 'ADMIN']),
    risk: z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL']),
    effect: z.enum(['pure', 'idempotent', 'non_idempotent']),
    idempotent: z.boolean(),
    timeout_seconds: z.number(),
    input_schema: jsonSchema.meta({ description: 'JSON Schema of the arguments.' }),
    output_schema: jsonSchema.meta({ description: 'JSON Schema of the output.' }),
  })
  .meta({ id: 'Tool' });

@ApiTags('tools')
@Controller('api/v1/tools')
export class ToolsController {
  constructor(private readonly tools: TenantTools) {}

  @Get()
  @Requires('tool:read')
  @ApiOperation({ summary: 'List tools', description: 'What tasks can call, by name.' })
  @Answers(200, page(toolSchema), { description: 'A page of tools.' })
  async list(@Query({ schema: pagingQuery }) query: PagingQuery): Promise<Page<ToolDescription>> {
    const { registry } = await this.tools.toolsOf(requirePrincipal().tenantId);
    const after = decodeCursor(query.cursor, z.string()) ?? '';
    const rest = registry.describeAll().filter((tool) => tool.name > after);
    return cutPage(
      rest.slice(0, query.limit + 1),
      query.limit,
      (tool) => tool,
      (tool) => tool.name,
    );
  }
}
