import type { Tool } from '#libs/tools';
import type { ToolSet } from './tool-set.js';

/** What was made of a row. */
export interface KeptDefinition {
  /** Undefined for what can be no tool. */
  readonly tool: Tool | undefined;
  /** Of the definition as JSON. */
  readonly bytes: number;
}

/** The tools of a tenant as they were last read. */
export interface KeptSet {
  /** Ids of the rows that it was made of. */
  readonly key: string;
  readonly set: ToolSet;
  /** By the id of the row. */
  readonly definitions: ReadonlyMap<string, KeptDefinition>;
}

function bytesOf({ definitions }: KeptSet): number {
  return [...definitions.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Keeps what was read for as long as there is room; what was not used for longest leaves first. */
export class KeptSets {
  private readonly sets = new Map<string, KeptSet>();
  private bytes = 0;

  constructor(private readonly limits: { readonly sets: number; readonly bytes: number }) {}

  get(tenantId: string): KeptSet | undefined {
    const kept = this.sets.get(tenantId);
    if (!kept) return undefined;
    this.sets.delete(tenantId);
    this.sets.set(tenantId, kept);
    return kept;
  }

  put(tenantId: string, kept: KeptSet): void {
    this.remove(tenantId);
    this.sets.set(tenantId, kept);
    this.bytes += bytesOf(kept);
    for (const oldest of this.sets.keys()) {
      if (this.sets.size <= this.limits.sets && this.bytes <= this.limits.bytes) return;
      this.remove(oldest);
    }
  }

  private remove(tenantId: string): void {
    const kept = this.sets.get(tenantId);
    if (!kept) return;
    this.sets.delete(tenantId);
    this.bytes -= bytesOf(kept);
  }
}
