import type { Situation } from '../inspector.js';
import { described, placesOf } from '../places.js';
import { UNKNOWN, shown } from '../text.js';

/** Devices that writing to harms nothing. */
const HARMLESS =
  /^\/dev\/(?:null|zero|full|u?random|tty|ptmx|console|stdin|stdout|stderr|(?:fd|pts|shm|mqueue|tcp|udp)\/.*)$/;

/** Why nothing may be written to this path: it is a disk, or may be one that is not named in the text. */
export function overwrites(program: string, path: string, at: Situation, mustBeKnown = false): string | undefined {
  for (const place of placesOf(path, at.folders)) {
    if (place === UNKNOWN && mustBeKnown) return unknown(program, path);
    if (place.startsWith('/dev/') && !HARMLESS.test(place)) return device(program, path, place);
  }
  return undefined;
}

function device(program: string, path: string, place: string): string {
  return (
    `\`${program}\` would write over the device ${described(path, place)}, and with it over what is on the disk. ` +
    'Write to a file in the workspace, e.g. `disk.img`.'
  );
}

function unknown(program: string, path: string): string {
  return (
    `What \`${program}\` would write over cannot be told from ${shown(path)}: a part of it is only known when it runs. ` +
    'Write the path of the file out.'
  );
}
