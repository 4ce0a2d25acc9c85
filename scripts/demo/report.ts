import { relative } from 'node:path';
import type { Screen } from '../cli/screen.ts';
import { bytes, count, cut, duration, oneLine, padEnd, padStart, wrap } from '../cli/text.ts';
import type { SavedArtifact } from '../cli/results.ts';
import { fillIn } from './fill-in.ts';
import type { Reached } from './reach-server.ts';
import type { Run } from './run.ts';

const SIZE_COLUMNS = 10;

/** What came of all goals: how each ended, what it found out, and where its files are. */
export function printResults(screen: Screen, runs: readonly Run[], folder: string, server: Reached): void {
  screen.print('', screen.paint('bold', 'Results'));
  for (const run of runs) screen.print('', ...goalLines(screen, run, folder, server.isOwn));
  const good = runs.filter(({ verdict }) => verdict?.good).length;
  const all = good === runs.length;
  const files = runs.reduce((sum, { ended }) => sum + (ended?.artifacts.length ?? 0), 0);
  screen.print(
    '',
    screen.paint(all ? ['bold', 'green'] : ['bold', 'red'], summary(good, runs.length)),
    ...(files === 0 ? [] : [`${count(files, 'file')} saved in ${folder}`]),
    ...(files === 0 || server.isOwn ? [] : downloadLines(server)),
    '',
  );
}

/** After Ctrl-C: nothing is cancelled, so say what goes on. */
export function printInterrupted(screen: Screen, runs: readonly Run[], isOwn: boolean): void {
  const going = runs.filter(({ id, progress, verdict }) => id !== undefined && !progress.isOver && !verdict);
  screen.print('', 'Interrupted; nothing was cancelled.');
  if (going.length === 0) screen.print('Every goal that was submitted had ended.');
  else if (isOwn) screen.print(`The temporary server stops now, and with it ${count(going.length, 'goal')} under way.`);
  else {
    screen.print(
      `${count(going.length, 'goal')} ${going.length === 1 ? 'goes' : 'go'} on at the server; POST /api/v1/goals/{id}/cancel ends one:`,
    );
    screen.print(...going.map(({ bundled, id, progress }) => `  ${bundled.name}: ${id} (${progress.word})`));
  }
}

function downloadLines({ url }: Reached): string[] {
  return [
    'They can be downloaded, too, with the API key in the header X-API-Key:',
    `${url}/api/v1/goals/goal_…/artifacts/art_…/content`,
  ];
}

function summary(good: number, all: number): string {
  if (good === all && all === 1) return 'The goal ended as it should.';
  if (good === all) return `${all === 2 ? 'Both' : `All ${all}`} goals ended as they should.`;
  return all === 1 ? 'The goal did not end as it should.' : `${good} of ${all} goals ended as they should.`;
}

function goalLines(screen: Screen, run: Run, folder: string, isOwn: boolean): string[] {
  const { bundled, verdict, elapsed, ended } = run;
  const good = verdict?.good ?? false;
  const sign = good ? screen.paint('green', '✓') : screen.paint('red', '✗');
  const time = duration(elapsed ?? 0);
  const room = screen.width - 4 - time.length - 1;
  const title = `${bundled.title}: ${verdict?.word ?? ''}`;
  const shows = bundled.shows !== '' && ended ? fillIn(bundled.shows, ended) : undefined;
  const texts = [...(shows === undefined ? [] : [shows]), ...(verdict?.details ?? []).map(oneLine)];
  return [
    `  ${sign} ${screen.paint('bold', padEnd(cut(title, room), room))} ${screen.paint('dim', time)}`,
    ...texts.flatMap((text) => wrap(text, screen.width - 4)).map((line) => `    ${line}`),
    ...(ended && !isOwn ? [screen.paint('dim', `    ${ended.goal.id}`)] : []),
    ...(ended?.artifacts ?? []).flatMap((artifact) => artifactLines(screen, artifact, folder, isOwn)),
  ];
}

/** A server that is about to stop has nothing to download any more, so that ids would lead nowhere. */
function artifactLines(screen: Screen, artifact: SavedArtifact, folder: string, isOwn: boolean): string[] {
  const { saved, size, path, id } = artifact;
  const name = saved === undefined ? path : relative(folder, saved);
  const room = screen.width - 4 - SIZE_COLUMNS;
  const isOneLine = room - id.length - 2 >= 20;
  const columns = isOwn || !isOneLine ? room : room - id.length - 2;
  const line = `    ${padEnd(cut(name, columns), columns)}${padStart(bytes(size), SIZE_COLUMNS)}`;
  if (isOwn) return [line];
  const shown = screen.paint('dim', id);
  return isOneLine ? [`${line}  ${shown}`] : [line, `      ${shown}`];
}
