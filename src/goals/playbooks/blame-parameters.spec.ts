import { describe, expect, it } from 'vitest';
import { parsePlaybook } from '#libs/models';
import { blameParameters } from './blame-parameters.js';

const playbook = parsePlaybook(`
name: sample
title: Sample
description: A sample.
parameters:
  type: object
  properties:
    url: { type: string, format: url }
    list: { type: array, items: { type: string } }
plan:
  tasks:
    - id: a
      tool: http_request
      arguments: { url: { $param: url }, headers: { x: fixed }, body: [1, { deep: { $param: list } }] }
`);

const blamed = (path: string) => blameParameters([{ path, message: 'is wrong.' }], playbook)[0]!;

describe('what is wrong with the plan of a playbook', () => {
  it.each([
    ['plan.tasks.0.arguments.url', 'playbook.parameters.url'],
    ['plan.tasks.0.arguments.body.1.deep', 'playbook.parameters.list'],
    ['plan.tasks.0.arguments.body.1.deep.3', 'playbook.parameters.list'],
  ])('at %s is told of the parameter that stands there [LLM-2]', (path, parameter) => {
    expect(blamed(path)).toEqual({ path: parameter, message: 'is wrong.' });
  });

  it.each([
    'plan.tasks.0.tool',
    'plan.tasks.0.arguments.headers.x',
    'plan.tasks.7.arguments.url',
    'plan.tasks',
    'plan.tasks.0.arguments.constructor.name',
  ])('at %s is told of the playbook, with the place [LLM-2]', (path) => {
    expect(blamed(path)).toEqual({
      path: 'playbook',
      message: `The plan of \`sample\` cannot run here (${path}): is wrong.`,
    });
  });
});
