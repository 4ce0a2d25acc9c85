import { type InputIssue, excerpt } from '#libs/kernel';
import type { ToolCatalogue } from '../ports/tools.js';
import type { OutputChecker } from '../ports/checker.js';
import { findCycle, graphOf } from './graph.js';
import { COMMAND_TOOL, MAX_TASKS, type Plan, type PlanTask, TASK_KEY } from './plan.js';
import { findReferences } from './references.js';

/** Different checks that one plan may declare: each is compiled when the plan is submitted. */
const MAX_CHECKS = 100;

/** Issues after which the search ends: a plan may name millions of things that do not exist. */
const MAX_ISSUES = 100;

/** Tasks of a circle that a message names. */
const NAMED_TASKS = 20;

export interface PlanRules {
  readonly tools: ToolCatalogue;
  readonly checker: OutputChecker;
}

/**
 * What is wrong with a plan, as paths below `at` and what to do about it: up to 100 issues; none when it can run. A
 * plan is refused whole: nothing of it runs before all of it is valid.
 */
export function validatePlan(plan: Plan, rules: PlanRules, at = 'plan'): InputIssue[] {
  const { tasks } = plan;
  if (tasks.length === 0) return [{ path: `${at}.tasks`, message: 'A plan needs at least one task.' }];
  if (tasks.length > MAX_TASKS) {
    return [{ path: `${at}.tasks`, message: `A plan holds at most ${MAX_TASKS} tasks; this one has ${tasks.length}.` }];
  }
  const issues = duplicates(plan, at);
  for (const [n, task] of tasks.entries()) {
    if (issues.length >= MAX_ISSUES) break;
    issues.push(...taskIssues(task, `${at}.tasks.${n}`, plan, rules).slice(0, MAX_ISSUES));
  }
  if (issues.length > 0) return issues.slice(0, MAX_ISSUES);
  return [...cycleIssues(plan, at), ...checkIssues(plan, rules, at)];
}

function duplicates(plan: Plan, at: string): InputIssue[] {
  const first = new Map<string, number>();
  return plan.tasks.flatMap(({ id }, n) => {
    const earlier = first.get(id);
    if (earlier === undefined) first.set(id, n);
    return earlier === undefined
      ? []
      : [
          {
            path: `${at}.tasks.${n}.id`,
            message: `"${excerpt(id)}" is already the id of task ${earlier}; ids must be unique.`,
          },
        ];
  });
}

function taskIssues(task: PlanTask, at: string, plan: Plan, rules: PlanRules): InputIssue[] {
  const keys = keysOf(plan);
  const issues: InputIssue[] = [];
  if (!TASK_KEY.test(task.id)) {
    issues.push({ path: `${at}.id`, message: 'An id has 1 to 128 letters, digits, dots, hyphens or underscores.' });
  }
  for (const [n, key] of (task.depends_on ?? []).entries()) {
    if (!keys.has(key))
      issues.push({ path: `${at}.depends_on.${n}`, message: `There is no task "${excerpt(key)}" in this plan.` });
  }
  for (const { at: where, text, task: key } of findReferences(task.arguments ?? {}, (each) => keys.has(each))) {
    if (key !== undefined) continue;
    const message = `"${excerpt(text)}" refers to no task of this plan; write <task id>.output, then a path, e.g. load.output.rows.0.`;
    issues.push({ path: `${at}.arguments.${where}`, message });
  }
  return [...issues, ...toolIssues(task, at, rules)];
}

// A plan is looked at once for each of its tasks: the set of its keys must not be made anew each time.
const keySets = new WeakMap<Plan, ReadonlySet<string>>();
function keysOf(plan: Plan): ReadonlySet<string> {
  let keys = keySets.get(plan);
  if (!keys) keySets.set(plan, (keys = new Set(plan.tasks.map((task) => task.id))));
  return keys;
}

function toolIssues(task: PlanTask, at: string, { tools }: PlanRules): InputIssue[] {
  const tool = tools.find(task.tool);
  if (!tool) {
    const known = tools.names().join(', ');
    return [{ path: `${at}.tool`, message: `There is no tool "${excerpt(task.tool)}". Known tools: ${known}.` }];
  }
  const given = task.arguments ?? {};
  const wrong = tools.validateArguments(task.tool, given).map(({ path, message }) => ({
    path: path === '' ? `${at}.arguments` : `${at}.arguments.${path}`,
    message,
  }));
  if (wrong.length > 0) return wrong;
  return tool.blocked(given).map(({ argument, reason }) => ({ path: `${at}.arguments.${argument}`, message: reason }));
}

function cycleIssues(plan: Plan, at: string): InputIssue[] {
  const graph = graphOf(plan);
  const cycle = findCycle(plan, graph);
  if (!cycle) return [];
  const n = graph.positionOf.get(cycle[0]!)!;
  const message = `These tasks wait for each other in a circle: ${nameCircle(cycle)} (a $ref counts as a dependency). Remove one of these dependencies.`;
  return [{ path: `${at}.tasks.${n}`, message }];
}

function nameCircle(cycle: readonly string[]): string {
  const left = cycle.length - NAMED_TASKS - 1;
  if (left <= 0) return cycle.join(' → ');
  return [...cycle.slice(0, NAMED_TASKS), `… (${left} more)`, cycle[0]].join(' → ');
}

function checkIssues(plan: Plan, rules: PlanRules, at: string): InputIssue[] {
  const seen = new Set<string>();
  const issues: InputIssue[] = [];
  for (const [n, { check }] of plan.tasks.entries()) {
    if (!check) continue;
    const text = JSON.stringify(check);
    if (seen.has(text)) continue;
    seen.add(text);
    const path = `${at}.tasks.${n}.check`;
    if (seen.size > MAX_CHECKS) {
      const message = `A plan declares at most ${MAX_CHECKS} different checks; use the same one for several tasks.`;
      return [...issues, { path, message }];
    }
    const found = check.command === undefined ? rules.checker.validate(check) : commandIssues(check.command, rules);
    issues.push(...found.map((issue) => ({ path: `${path}.${issue.path}`, message: issue.message })));
  }
  return issues;
}

function commandIssues(command: readonly string[], { tools }: PlanRules): InputIssue[] {
  const given = { command: [...command] };
  const blocked = tools
    .find(COMMAND_TOOL)
    ?.blocked(given)
    .map(({ reason }) => ({ path: 'command', message: reason }));
  return [...tools.validateArguments(COMMAND_TOOL, given), ...(blocked ?? [])];
}
