export { OutboundFailure, type OutboundFailureCode } from './failure.js';
export type { Lookup } from './guard.js';
export { type ResponseHeaders, checkHeader } from './headers.js';
export { Outbound, type OutboundOptions, type OutboundRequest, type OutboundResponse } from './outbound.js';
export { checkUrl } from './targets.js';
