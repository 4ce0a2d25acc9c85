import { COMMON_ERRORS } from '#libs/kernel';
import { findHostileParameter } from '../body/hostile.js';
import type { Check } from './check.js';

/** Refuses text in the query that could not be stored, wherever it would end up. */
export const refuseHostileQuery: Check = (request) => {
  const hostile = findHostileParameter(request.query as object);
  if (!hostile) return;
  throw COMMON_ERRORS.make('invalid_input', { detail: `${hostile.path}: ${hostile.message}.`, issues: [hostile] });
};
