export { type RequestContext, currentContext, findContext, requirePrincipal, runInContext } from './context.js';
export { Drain } from './drain.js';
export { LOGGER, type Logger, createLogger } from './logger.js';
