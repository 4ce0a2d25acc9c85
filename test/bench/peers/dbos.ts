import { DBOS } from '@dbos-inc/dbos-sdk';
import { serve } from './serve.js';
import { WAVES, echo, verify } from './work.js';

/*
 * goal-10 as a DBOS workflow: two waves of five steps, a step that verifies, and the recorded result. Workflows are
 * started directly and not through a queue, whose dequeuing polls; the handle of a workflow that runs in this process
 * gives the result without polling. Each step leaves a checkpoint: that is what DBOS promises.
 */

const goal = DBOS.registerWorkflow(
  async () => {
    const outputs: string[] = [];
    for (const wave of WAVES) {
      // Steps that start in the same order each time may run in parallel.
      outputs.push(...(await Promise.all(wave.map((name) => DBOS.runStep(() => echo(name), { name })))));
    }
    return { outputs, verified: await DBOS.runStep(() => verify(outputs), { name: 'verify' }) };
  },
  { name: 'goal' },
);

DBOS.setConfig({
  name: 'bench',
  systemDatabaseUrl: process.env['DATABASE_URL']!,
  // As many connections as goals at a time: the fastest of 5, 10 (its default), 20, 40 and 80 on two cores.
  systemDatabasePoolSize: 20,
  applicationVersion: '1',
  logLevel: 'error',
});
await DBOS.launch();

serve({
  run: async () => {
    const handle = await DBOS.startWorkflow(goal)();
    const { verified } = await handle.getResult();
    if (!verified) throw new Error('the workflow has not verified its outputs');
  },
  ended: async () => (await DBOS.listWorkflows({ status: 'SUCCESS', loadInput: false, loadOutput: false })).length,
  close: () => DBOS.shutdown(),
});
