// node --import ./scripts/typescript.mjs test/histories/record.ts [name…]: records histories with the machine of this
// tree, each in a file of its own. A file that is there already is left as it is.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MACHINE_VERSION } from '#libs/orchestration';
import type { History } from './history.js';
import { SCENARIOS, type Scenario } from './scenarios.js';
import { stage } from './scene.js';

async function record(name: string, scenario: Scenario): Promise<History> {
  const scene = await stage(scenario);
  await scenario.play(scene);
  const { goal, tasks, journal, approvals } = await scene.read();
  const decided = approvals.map((approval) => ({
    ...approval,
    state: scene.decisions.get(approval.id) ?? approval.state,
  }));
  const plans = [...scene.store.plans];
  scene.stop();
  return {
    name,
    shows: scenario.shows,
    machine: MACHINE_VERSION,
    at: Date.now(),
    goal,
    plans,
    tasks,
    journal,
    approvals: decided,
  };
}

const wanted = process.argv.slice(2);
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  const file = join(import.meta.dirname, `machine-${MACHINE_VERSION}`, `${name}.json`);
  if (existsSync(file) || (wanted.length > 0 && !wanted.includes(name))) continue;
  writeFileSync(file, `${JSON.stringify(await record(name, scenario), null, 2)}\n`);
  process.stdout.write(`${file}\n`);
}
// Tools that are still at it do not keep it here.
process.exit(0);
