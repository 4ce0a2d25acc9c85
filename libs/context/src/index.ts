export { type RequestContext, currentContext, findContext, requirePrincipal, runInContext } from './context.js';
