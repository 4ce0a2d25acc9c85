import { Body, Controller, Get, Param, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Answers, ApiErrors, Requires, publicIdSchema } from '#libs/http';
import {
  type PatchConfigBody,
  type TenantConfigView,
  patchConfigBody,
  tenantConfigExample,
  tenantConfigSchema,
} from './tenant-config.schemas.js';
import { TenantConfigService } from './tenant-config.service.js';

const tenantId = publicIdSchema('ten');

@ApiTags('tenants')
@Controller('api/v1/tenants/:tenant_id/config')
export class TenantConfigController {
  constructor(private readonly config: TenantConfigService) {}

  @Get()
  @Requires('tenant:read')
  @ApiOperation({ summary: 'Read what the tenant decides for itself', description: 'With every default filled in.' })
  @Answers(200, tenantConfigSchema, { description: 'The settings as they are now.', example: tenantConfigExample })
  @ApiErrors('not_found')
  read(@Param('tenant_id', { schema: tenantId }) id: string): Promise<TenantConfigView> {
    return this.config.read(id);
  }

  @Patch()
  @Requires('tenant:update')
  @ApiOperation({
    summary: 'Change what the tenant decides for itself',
    description: 'What is left out stays; null goes back to the default. It holds everywhere within a second.',
  })
  @Answers(200, tenantConfigSchema, { description: 'The settings as they are now.', example: tenantConfigExample })
  @ApiErrors('not_found')
  patch(
    @Param('tenant_id', { schema: tenantId }) id: string,
    @Body({ schema: patchConfigBody }) body: PatchConfigBody,
  ): Promise<TenantConfigView> {
    return this.config.patch(id, body);
  }
}
