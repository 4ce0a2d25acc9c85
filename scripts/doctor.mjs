// npm run doctor: what is there, what is missing, and what to do about it. Needs no build.
import { isOnPinnedNode } from './pinned-node.mjs';

if (isOnPinnedNode()) {
  try {
    // For the libraries: Node itself reads only what the doctor is made of.
    await import('./typescript.mjs');
  } catch {
    // The packages are not installed yet, and the doctor is there to say so.
  }
  const { doctor } = await import('./doctor/doctor.ts');
  process.exitCode = await doctor();
}
