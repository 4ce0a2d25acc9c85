export { BUILTIN_TOOLS } from './builtin/builtin-tools.js';
export { SchemaChecker, type SchemaCheckerOptions } from './checks/schema-checker.js';
export { codeTools } from './code/code-tools.js';
export { ExpressionChecker, type ExpressionVerdict } from './code/expression-checker.js';
export { commandTools } from './command/run-command.js';
export type { HttpTemplate, ToolDeclaration } from './declared/declaration.js';
export { ToolDeclarations } from './declared/tool-declarations.js';
export type { FileStore, StoredFile } from './file-store/file-store.port.js';
export { LocalFileStore } from './file-store/local-file-store.js';
export { mediaTypeOf } from './file-store/media-type.js';
export { type ToolDescription, ToolRegistry } from './registry.js';
export { type ToolCall, type ToolOutcome, ToolRunner, type ToolRunnerOptions } from './runner.js';
export {
  type ApprovalAction,
  type BlockedAction,
  type CallFacts,
  type CodePlace,
  type Effect,
  type PermissionLevel,
  type Risk,
  type Tool,
  type ToolContext,
  type ToolDefinition,
} from './tool.js';
export { type ToolError, ToolFailure } from './tool-failure.js';
export { TOOL_FAILURES } from './tool-failures.js';
export { TOOL_ERRORS } from './tools.errors.js';
export { METHODS } from './web/methods.js';
export { webTools } from './web/web-tools.js';
export { checkRelativePath, namesIn } from './workspace/paths.js';
export { type EntryInfo, type OpenedFile, Workspace, type WorkspaceChange } from './workspace/workspace.js';
