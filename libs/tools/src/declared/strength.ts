import type { CallFacts, Effect, PermissionLevel, Risk } from '../tool.js';
import type { ToolDeclaration } from './declaration.js';

/* Each from the weakest to the strongest. */
const EFFECTS: readonly Effect[] = ['pure', 'idempotent', 'non_idempotent'];
const LEVELS: readonly PermissionLevel[] = ['READ_ONLY', 'READ_WRITE', 'EXECUTE', 'ADMIN'];
const RISKS: readonly Risk[] = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

function stronger<Value>(scale: readonly Value[], a: Value, b: Value): Value {
  return scale.indexOf(a) >= scale.indexOf(b) ? a : b;
}

type Declared = Pick<ToolDeclaration, 'effect' | 'permission_level' | 'risk' | 'action'>;

/** What a declared tool is: what it says of itself, and never less than the built-in tool that it calls. */
export function factsOfDeclared({ effect, permission_level, risk, action }: Declared, base: CallFacts): CallFacts {
  return {
    effect: stronger(EFFECTS, effect, base.effect),
    permissionLevel: stronger(LEVELS, permission_level, base.permissionLevel),
    risk: stronger(RISKS, risk, base.risk),
    // Whatever the action: a person is asked. Only code may be let off, and then nothing more was declared.
    action: action ?? base.action,
    runsCode: base.runsCode,
  };
}

/** What a declaration makes less of than it is, each with what it must be at least. */
export function understatements(
  declared: Declared,
  base: CallFacts,
): { readonly field: 'effect' | 'permission_level' | 'risk'; readonly least: string }[] {
  const facts = factsOfDeclared(declared, base);
  return [
    { field: 'effect' as const, least: facts.effect },
    { field: 'permission_level' as const, least: facts.permissionLevel },
    { field: 'risk' as const, least: facts.risk },
  ].filter(({ field, least }) => declared[field] !== least);
}
