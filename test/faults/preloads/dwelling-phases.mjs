// Loaded before the program (node --import): a goal whose context says {"dwell": "STATE"} stays in that state for ever,
// as if the work of the state took that long. With {"dwell": "REPLANNING", "replans": 2} it stays at that count only.
// Most states are left within a millisecond, so that no test outside could kill the process while a goal is in them.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const phases = join(process.env.VILLAGE_MAIN, '../../libs/orchestration/src/phases/phases.js');
const { PHASES } = await import(pathToFileURL(phases).href);

for (const [state, phase] of Object.entries(PHASES)) {
  PHASES[state] = async (run, ...rest) => {
    const { dwell, replans = run.goal.replans } = run.goal.context;
    if (dwell === state && replans === run.goal.replans) await new Promise(() => undefined);
    return phase(run, ...rest);
  };
}
