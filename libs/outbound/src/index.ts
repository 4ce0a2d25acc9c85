export { OutboundFailure, type OutboundFailureCode } from './failure.js';
export type { Lookup } from './lookups.js';
export { type ResponseHeaders, checkHeader } from './headers.js';
export { Outbound, type OutboundOptions, type OutboundRequest, type OutboundResponse } from './outbound.js';
export { checkUrl } from './targets.js';
