import type { ToolCatalogue, ToolCatalogues } from '#libs/orchestration';
import type { ToolRegistry, ToolRunner } from '#libs/tools';
import { RegistryCatalogue } from '../engine/tool-adapter.js';

/** One registry in the three forms in which it is needed. */
export interface ToolSet {
  readonly registry: ToolRegistry;
  readonly catalogue: ToolCatalogue;
  readonly runner: ToolRunner;
}

/** The tools of each tenant. */
export class TenantTools implements ToolCatalogues {
  private readonly builtIn: ToolSet;

  constructor(
    builtIn: ToolRegistry,
    private readonly runnerOf: (registry: ToolRegistry) => ToolRunner,
  ) {
    this.builtIn = this.setOf(builtIn);
  }

  of(tenantId: string): ToolCatalogue | Promise<ToolCatalogue> {
    return this.toolsOf(tenantId).catalogue;
  }

  /** What the tenant may call now. */
  toolsOf(_tenantId: string): ToolSet {
    return this.builtIn;
  }

  private setOf(registry: ToolRegistry): ToolSet {
    return { registry, catalogue: new RegistryCatalogue(registry), runner: this.runnerOf(registry) };
  }
}
