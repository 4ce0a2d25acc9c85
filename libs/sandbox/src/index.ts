export {
  type CodeWork,
  type CommandWork,
  MAX_CODE_MS,
  MAX_SHORT_MS,
  type ProviderHealth,
  type RunLimits,
  SandboxFailure,
  type SandboxFailureCode,
  type SandboxProvider,
  type SandboxRequest,
  type SandboxResult,
  type SandboxWork,
  type WorkKind,
} from './sandbox.port.js';
export { type SandboxHealth, Sandboxes } from './sandboxes.js';
export { createSandboxes, type SandboxOptions } from './create-sandboxes.js';
