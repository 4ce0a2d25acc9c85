import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { requirePrincipal } from '#libs/context';
import { Answers, Requires } from '#libs/http';
import { type Me, meExample, meSchema } from './me.schemas.js';
import { MeService } from './me.service.js';

@ApiTags('access')
@Controller('api/v1/me')
export class MeController {
  constructor(private readonly me: MeService) {}

  @Get()
  @Requires()
  @ApiOperation({ summary: 'Who am I', description: 'The principal, its tenant, roles, permissions and scopes.' })
  @Answers(200, meSchema, { description: 'The credential, as it counts at this moment.', example: meExample })
  async show(): Promise<Me> {
    return this.me.describe(requirePrincipal().principal);
  }
}
