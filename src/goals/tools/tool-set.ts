import type { ToolCatalogue } from '#libs/orchestration';
import type { ToolRegistry, ToolRunner } from '#libs/tools';

/** One registry in the three forms in which it is needed. */
export interface ToolSet {
  readonly registry: ToolRegistry;
  readonly catalogue: ToolCatalogue;
  readonly runner: ToolRunner;
}
