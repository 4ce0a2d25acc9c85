import type { Situation } from '../inspector.js';
import { described, placesOf } from '../places.js';

/** Devices that writing to harms nothing. */
const HARMLESS =
  /^\/dev\/(?:null|zero|full|u?random|tty|ptmx|console|stdin|stdout|stderr|(?:fd|pts|shm|mqueue|tcp|udp)\/.*)$/;

/** Why nothing may be written to this path: it is a disk. A path that is not known is let through. */
export function overwrites(program: string, path: string, at: Situation): string | undefined {
  for (const place of placesOf(path, at.folders)) {
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
