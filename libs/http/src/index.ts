export { Public, Requires, SECURITY_SCHEMES } from './access.js';
export { type Authenticator, Authenticators, type CredentialSource, TenantGate } from './authenticator.js';
export { BodyLimit, DEFAULT_BODY_LIMIT, RawUpload } from './body.js';
export { type AnswerOptions, Answers, ApiErrors } from './documentation.js';
export { formatOptionalTime, formatTime, idSchema, publicIdSchema, timeSchema } from './formats.js';
export { type HealthCheck, HealthChecks } from './health-checks.js';
export { HTTP_ERRORS } from './http.errors.js';
export { Idempotency, Idempotent, idempotentResourceId, rememberResourceId } from './idempotency.js';
export {
  type JournalEntrySource,
  type JournalEntryView,
  journalEntrySchema,
  journalView,
  noSuchRow,
} from './journal-entry.js';
export { Opening } from './opening.js';
export { Html, type PageOptions, html, renderPage } from './page.js';
export {
  type Page,
  type PagingQuery,
  cutPage,
  decodeCursor,
  encodeCursor,
  page,
  pagingQuery,
  readPosition,
} from './paging.js';
export { PROBLEM_MEDIA_TYPE, type Problem, problemSchema } from './problem.js';
export { PRODUCT } from './product.js';
export { PublicUrl } from './public-url.js';
export { type Access, type RouteDeclaration } from './route-declaration.js';
