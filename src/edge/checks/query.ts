import { findHostileParameter } from '../body/hostile.js';
import { invalidInput, unknownField } from '../schema-issues.js';
import type { Check } from './check.js';

/** Refuses text in the query that could not be stored, wherever it would end up. */
export const refuseHostileQuery: Check = (request) => {
  const hostile = findHostileParameter(request.query as object);
  if (hostile) throw invalidInput([hostile]);
};

/**
 * Refuses every parameter of a route that takes none: a `dry_run` that is ignored does what it was to spare.
 * Where a route takes some, its schema refuses the others. Public pages and health checks do nothing that one could mean.
 */
export const refuseUnknownQuery: Check = (request) => {
  const { declaration } = request.routeOptions.config;
  const isPage = declaration?.access?.kind === 'public' && request.method === 'GET';
  if (request.is404 || declaration?.takesQuery || isPage) return;
  const names = Object.keys(request.query as object);
  if (names.length > 0) throw invalidInput(names.map((name) => unknownField(['$query', name])));
};
