import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '#libs/context';
import { Outbound } from '#libs/outbound';
import { Sandboxes } from '#libs/sandbox';

/** Begins and ends what tools use outside of this process: sandboxes and connections. */
@Injectable()
export class SandboxHost implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly sandboxes: Sandboxes,
    private readonly outbound: Outbound,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.sandboxes
      .removeLeftovers()
      .catch((error: unknown) => this.logger.warn({ err: error }, 'left-over sandboxes could not be removed'));
  }

  async onModuleDestroy(): Promise<void> {
    this.outbound.close();
    await this.sandboxes.close();
  }
}
