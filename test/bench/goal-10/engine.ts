import type { Place } from '../arena.js';
import type { Built } from '../built.js';
import { inLanes } from '../measure.js';
import { bodyOf } from '../program/body.js';
import { assertAllCompleted, openInProcess } from '../program/in-process.js';
import type { Contender } from './contender.js';
import { GOAL } from './goal.js';
import { type Sample, readSample } from './sample.js';

export interface EngineContender extends Contender {
  /** The rows of one goal as the engine has stored them. */
  readonly sample: Sample;
}

/** Our engine in this process. */
export async function openEngine(built: Built, place: Place): Promise<EngineContender> {
  const program = await openInProcess(built, place);
  const body = bodyOf(GOAL);
  // A first goal, so that there are rows to look at.
  await program.user.run(body);
  const sample = await readSample(program.opened.database, program.opened.tenantId);
  return {
    name: 'goal-10',
    place,
    processes: { node: process.pid, server: place.serverPid },
    sample,
    run: (times, lanes) => inLanes(times, lanes, () => program.user.run(body)),
    rows: async () => sample.rows,
    verify: () => assertAllCompleted(program.opened, program.opened.tenantId),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
