export { assertNever } from './assert-never.js';
export { BriefCache, type BriefCacheOptions } from './brief-cache.js';
export { type Clock, systemClock } from './clock.js';
export { COMMON_ERRORS } from './common.errors.js';
export {
  DomainError,
  type DomainErrorOptions,
  type ErrorCatalogue,
  type ErrorDefinition,
  type InputIssue,
  defineErrors,
  hasCode,
} from './errors.js';
export { excerpt } from './excerpt.js';
export { type IdPrefix, isUuid, newId, parsePublicId, publicId } from './ids.js';
export { type JsonObject, type JsonValue, findUnstorable, isJsonObject, isStorableText } from './json.js';
export { Turns } from './turns.js';
