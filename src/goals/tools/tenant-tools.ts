import type { OnModuleDestroy } from '@nestjs/common';
import { BriefCache, type Clock, type InputIssue, hasCode } from '#libs/kernel';
import type { ToolCatalogue, ToolCatalogues } from '#libs/orchestration';
import { type NotificationListener, TOOL_CHANNEL } from '#libs/persistence';
import { type Tool, type ToolDeclaration, ToolDeclarations, ToolRegistry, type ToolRunner } from '#libs/tools';
import { RegistryCatalogue } from '../engine/tool-adapter.js';
import { type KeptSet, KeptSets } from './kept-sets.js';
import type { DefinitionRow, ToolRows } from './tool-rows.js';
import type { ToolSet } from './tool-set.js';

/** What is registered or deleted is seen everywhere within this time, also where no notification arrives. Milliseconds. */
const LIFE_MS = 500;
const MAX_TENANTS = 10_000;
/** Of definitions as JSON; as objects they take some times as much. */
const MAX_BYTES = 32 * 1024 * 1024;

export interface TenantToolsParts {
  readonly builtIn: ToolRegistry;
  readonly rows: Pick<ToolRows, 'ids' | 'definitions'>;
  readonly runnerOf: (registry: ToolRegistry) => ToolRunner;
  readonly listener: Pick<NotificationListener, 'listen'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Hears of what is stored and can be no tool of this version of the program. */
  readonly report: (error: unknown, tool: { readonly tenantId: string; readonly toolId: string }) => void;
}

/** The tools of each tenant: the built-in ones, and what it has registered itself. */
export class TenantTools implements ToolCatalogues, OnModuleDestroy {
  private readonly builtIn: ToolSet;
  private readonly declarations: ToolDeclarations;
  /** The tenants of which what is kept is what there is now. */
  private readonly fresh: BriefCache<true>;
  private readonly kept = new KeptSets({ sets: MAX_TENANTS, bytes: MAX_BYTES });
  private readonly stopListening: () => void;

  constructor(private readonly parts: TenantToolsParts) {
    this.builtIn = this.setOf(parts.builtIn);
    this.declarations = new ToolDeclarations(parts.builtIn);
    this.fresh = new BriefCache({ lifeMs: LIFE_MS, maxEntries: MAX_TENANTS }, parts.clock);
    this.stopListening = parts.listener.listen(TOOL_CHANNEL, () => this.forget());
  }

  onModuleDestroy(): void {
    this.stopListening();
  }

  async of(tenantId: string): Promise<ToolCatalogue> {
    return (await this.toolsOf(tenantId)).catalogue;
  }

  /** What the tenant may call now. Throws `unavailable` while it cannot be known. */
  async toolsOf(tenantId: string): Promise<ToolSet> {
    try {
      await this.fresh.get(tenantId, async () => {
        await this.load(tenantId);
        return true;
      });
    } catch (error) {
      // While the database is away nobody registers or deletes a tool either.
      if (!hasCode(error, 'unavailable') || !this.kept.get(tenantId)) throw error;
    }
    // Others may have needed the room in the meantime.
    return this.kept.get(tenantId)?.set ?? this.load(tenantId);
  }

  isBuiltIn(name: string): boolean {
    return this.builtIn.registry.find(name) !== undefined;
  }

  /** What keeps a declaration from becoming a tool, with the paths of its fields. */
  issuesOf(declaration: ToolDeclaration): InputIssue[] {
    return this.declarations.issuesOf(declaration);
  }

  /** Reads again what is asked for next: something was registered or deleted. */
  forget(): void {
    this.fresh.clear();
  }

  private async load(tenantId: string): Promise<ToolSet> {
    const { rows } = this.parts;
    const ids = await rows.ids(tenantId);
    const before = this.kept.get(tenantId);
    if (before?.key === ids.join()) return before.set;
    const isNew = (id: string): boolean => !before?.definitions.has(id);
    const read = ids.some(isNew) ? await rows.definitions(tenantId, ids.filter(isNew)) : [];
    const kept = this.keptOf(tenantId, ids, before, read);
    this.kept.put(tenantId, kept);
    return kept.set;
  }

  private keptOf(
    tenantId: string,
    ids: readonly string[],
    before: KeptSet | undefined,
    read: readonly DefinitionRow[],
  ): KeptSet {
    const made = new Map(read.map((row) => [row.id, { tool: this.toolOf(tenantId, row), bytes: row.bytes }]));
    const definitions = new Map(
      ids.flatMap((id) => {
        const definition = made.get(id) ?? before?.definitions.get(id);
        return definition ? [[id, definition] as const] : [];
      }),
    );
    const own = [...definitions.values()].flatMap(({ tool }) => tool ?? []);
    const set = own.length === 0 ? this.builtIn : this.setOf(new ToolRegistry([...this.parts.builtIn.list(), ...own]));
    return { key: [...definitions.keys()].join(), set, definitions };
  }

  /** Undefined for what this version of the program cannot call: the tenant's other tools work all the same. */
  private toolOf(tenantId: string, { id, definition }: DefinitionRow): Tool | undefined {
    try {
      // A built-in tool that came with a newer version of the program takes the name.
      return this.isBuiltIn(definition.name) ? undefined : this.declarations.toolOf(definition);
    } catch (error) {
      this.parts.report(error, { tenantId, toolId: id });
      return undefined;
    }
  }

  private setOf(registry: ToolRegistry): ToolSet {
    return { registry, catalogue: new RegistryCatalogue(registry), runner: this.parts.runnerOf(registry) };
  }
}
