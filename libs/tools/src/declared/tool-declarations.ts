import type { InputIssue } from '#libs/kernel';
import { SchemaChecker } from '../checks/schema-checker.js';
import type { ToolRegistry } from '../registry.js';
import type { Tool } from '../tool.js';
import type { ToolDeclaration } from './declaration.js';
import { declarationIssues } from './declaration-issues.js';
import { type DeclaredToolParts, declaredTool } from './declared-tool.js';
import { Patience } from './json-schema-input.js';

/** Schemas that are kept compiled: those of the tools that are being called. */
const CACHED_SCHEMAS = 1024;

/** Makes tools of declarations, over the built-in tools that do their work. */
export class ToolDeclarations {
  private readonly parts: DeclaredToolParts;

  constructor(builtIn: Pick<ToolRegistry, 'find'>) {
    this.parts = {
      findBuiltIn: (name) => builtIn.find(name),
      schemas: new SchemaChecker({ cacheSize: CACHED_SCHEMAS }),
      patience: new Patience(),
    };
  }

  /** What is wrong with a declaration, with the paths of its fields; none when it can become a tool. */
  issuesOf(declaration: ToolDeclaration): InputIssue[] {
    return declarationIssues(declaration, this.parts);
  }

  /** The tool that a declaration describes. Throws a TypeError for one that has issues. */
  toolOf(declaration: ToolDeclaration): Tool {
    return declaredTool(declaration, this.parts);
  }
}
