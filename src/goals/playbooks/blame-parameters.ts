import { type InputIssue, type JsonValue, isJsonObject } from '#libs/kernel';
import type { Playbook } from '#libs/models';

const PLACE = /^plan\.tasks\.(\d+)\.(.+)$/;

/**
 * What is wrong with the plan of a playbook, told by its parameters: where the plan has what a parameter says, that
 * parameter is at fault. What no parameter has brought in is a fault of the playbook itself.
 */
export function blameParameters(issues: readonly InputIssue[], playbook: Playbook): readonly InputIssue[] {
  return issues.map(({ path, message }) => {
    const name = parameterAt(path, playbook);
    if (name !== undefined) return { path: `playbook.parameters.${name}`, message };
    return { path: 'playbook', message: `The plan of \`${playbook.name}\` cannot run here (${path}): ${message}` };
  });
}

function parameterAt(path: string, { plan }: Playbook): string | undefined {
  const [, position, rest] = PLACE.exec(path) ?? [];
  let here: JsonValue | undefined = position === undefined ? undefined : plan.tasks[Number(position)];
  for (const step of (rest ?? '').split('.')) {
    const name = markedName(here);
    if (name !== undefined) return name;
    here = below(here, step);
  }
  return markedName(here);
}

function below(value: JsonValue | undefined, step: string): JsonValue | undefined {
  if (Array.isArray(value)) return (value as readonly JsonValue[])[Number(step)];
  return isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

function markedName(value: JsonValue | undefined): string | undefined {
  if (!isJsonObject(value)) return undefined;
  const name = value['$param'];
  return typeof name === 'string' ? name : undefined;
}
