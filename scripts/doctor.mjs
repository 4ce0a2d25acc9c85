// npm run doctor: what is there, what is missing, and what to do about it. Needs no build.
import { isOnPinnedNode } from './pinned-node.mjs';

if (isOnPinnedNode()) {
  const { doctor } = await import('./doctor/doctor.ts');
  process.exitCode = await doctor();
}
