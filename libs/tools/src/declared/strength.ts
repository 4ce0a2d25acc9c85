import type { InputIssue } from '#libs/kernel';
import type { ApprovalAction, CallFacts, Effect, PermissionLevel, Risk } from '../tool.js';
import type { ToolDeclaration } from './declaration.js';

/* Each from the weakest to the strongest. */
const EFFECTS: readonly Effect[] = ['pure', 'idempotent', 'non_idempotent'];
const LEVELS: readonly PermissionLevel[] = ['READ_ONLY', 'READ_WRITE', 'EXECUTE', 'ADMIN'];
const RISKS: readonly Risk[] = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

function stronger<Value>(scale: readonly Value[], a: Value, b: Value): Value {
  return scale.indexOf(a) >= scale.indexOf(b) ? a : b;
}

type Declared = Pick<ToolDeclaration, 'effect' | 'permission_level' | 'risk' | 'action'>;

/**
 * Whether what a declaration says may be told to the person who must agree, instead of what the built-in tool is: never in
 * the place of a deletion, which tenants may judge otherwise than a payment, and which they must see. Code is seen anyway.
 */
function mayReplace(action: ApprovalAction | undefined, base: CallFacts): action is ApprovalAction {
  return action !== undefined && (base.action === null || base.action === 'code');
}

/** What a declared tool is: what it says of itself, and never less than the built-in tool that it calls. */
export function factsOfDeclared({ effect, permission_level, risk, action }: Declared, base: CallFacts): CallFacts {
  return {
    effect: stronger(EFFECTS, effect, base.effect),
    permissionLevel: stronger(LEVELS, permission_level, base.permissionLevel),
    risk: stronger(RISKS, risk, base.risk),
    action: mayReplace(action, base) ? action : base.action,
    runsCode: base.runsCode,
  };
}

/** What a declaration makes less of than it is, or something else, each with what is wrong with it. */
export function understatements(declared: Declared, base: CallFacts, what: string): InputIssue[] {
  const facts = factsOfDeclared(declared, base);
  const weak = [
    { path: 'effect', said: declared.effect, least: facts.effect },
    { path: 'permission_level', said: declared.permission_level, least: facts.permissionLevel },
    { path: 'risk', said: declared.risk, least: facts.risk },
  ]
    .filter(({ said, least }) => said !== least)
    .map(({ path, least }) => ({ path, message: `must be at least \`${least}\`, which is what ${what} is.` }));
  if (declared.action === undefined || declared.action === facts.action) return weak;
  const message = `must be \`${facts.action}\`, which is what a person is asked about ${what}: leave it out.`;
  return [...weak, { path: 'action', message }];
}
