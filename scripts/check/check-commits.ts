import { execFileSync } from 'node:child_process';
import { findFault } from './commit-messages.ts';

/** Every commit that this branch holds, merges aside. Without a history (an archive of the sources) there is nothing to check. */
function subjects(): { id: string; subject: string }[] {
  let log: string;
  try {
    log = execFileSync('git', ['log', '--no-merges', '--format=%h %s'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    console.log('There is no git history here: nothing to check.');
    return [];
  }
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ id: line.slice(0, line.indexOf(' ')), subject: line.slice(line.indexOf(' ') + 1) }));
}

for (const { id, subject } of subjects()) {
  const fault = findFault(subject);
  if (fault === undefined) continue;
  console.log(`${id}: "${subject}" ${fault}.`);
  process.exitCode = 1;
}
