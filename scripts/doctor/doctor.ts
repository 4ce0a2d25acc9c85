import { existsSync } from 'node:fs';
import { describeFinding } from './finding.ts';
import { checkDatabase } from './database.ts';
import { checkDataFolder, checkDisk, checkNode, checkPackages, checkPlatform, checkPort } from './machine.ts';
import { checkBrowser, checkModels, checkRedis } from './optional-parts.ts';
import { checkSandboxes } from './sandboxes.ts';

const CHECKS = [
  checkPlatform,
  checkNode,
  checkPackages,
  checkPort,
  checkDataFolder,
  checkDisk,
  checkDatabase,
  checkSandboxes,
  checkRedis,
  checkBrowser,
  checkModels,
];

/** Prints all findings and gives the exit code: 1 where something is missing that the program cannot start without. */
export async function doctor(): Promise<number> {
  // Whoever reads through `head` stops reading early: that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  if (existsSync('.env')) process.loadEnvFile('.env');
  let missing = 0;
  for (const check of CHECKS) {
    for (const finding of [await check()].flat()) {
      console.log(describeFinding(finding));
      if (finding.state === 'missing') missing += 1;
    }
  }
  console.log(
    missing === 0 ? '\nReady: npm start' : `\n${missing} required ${missing === 1 ? 'part is' : 'parts are'} missing.`,
  );
  return missing === 0 ? 0 : 1;
}
