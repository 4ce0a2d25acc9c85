import { expect } from 'vitest';
import type { TestAnswer } from '#libs/testing';
import type { ProblemJson } from './goals.js';

/** What a refusal is expected to say. */
export interface Refusal {
  readonly status?: number;
  readonly code?: string;
  /** Of the first thing that is wrong. */
  readonly path?: string | RegExp;
  /** Somewhere in what it says about that. */
  readonly says?: string | RegExp;
}

const TRACES = /\n\s+at |node_modules|\.[jt]s:\d|\/(?:work|home|root|tmp)\//;

/** Holds an answer against the one form of errors (RFC 9457), and against what it is expected to say. */
export function expectProblem(answer: TestAnswer<unknown>, refusal: Refusal): ProblemJson {
  const { status = 400, code = 'invalid_input', path, says } = refusal;
  const problem = answer.body as ProblemJson & { title: string; request_id: string };
  expect([answer.status, problem.code], JSON.stringify(problem)).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(problem).toMatchObject({
    status,
    title: expect.any(String),
    detail: expect.stringMatching(/\w/),
    request_id: answer.headers.get('x-request-id'),
    type: expect.stringMatching(new RegExp(`/docs/errors#${code}$`)),
  });
  const text = JSON.stringify(problem);
  expect(text).not.toMatch(TRACES);
  expect(text.length).toBeLessThan(64_000);
  if (path !== undefined) {
    const [first] = problem.errors ?? [];
    expect(first?.path).toMatch(typeof path === 'string' ? new RegExp(`^${RegExp.escape(path)}$`) : path);
    // Whoever reads only the detail must learn the place, too.
    expect(problem.detail).toContain(first?.path.split('.').at(-1));
  }
  if (says !== undefined) expect(problem.errors?.[0]?.message ?? problem.detail).toMatch(says);
  return problem;
}
