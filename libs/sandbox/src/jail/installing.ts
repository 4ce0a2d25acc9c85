import { platform } from 'node:os';

/** What to do on this platform where the jail for commands is missing or does not work. */
export function howToInstall(): string {
  if (platform() === 'darwin') {
    return 'Commands need Linux: run Agent Village in a Linux virtual machine or container that may make namespaces.';
  }
  if (platform() === 'win32') return 'Commands need Linux: run Agent Village in WSL 2 and install bubblewrap there.';
  return (
    'Install bubblewrap 0.8 or later: `apt-get install bubblewrap` on Debian, Ubuntu and WSL, `dnf install bubblewrap` ' +
    'on Fedora, `apk add bubblewrap setpriv util-linux` on Alpine.'
  );
}

/** What to do where the programs are there, but the kernel refuses what they do. */
export const ALLOW_NAMESPACES =
  'Let this account make user namespaces: `sysctl kernel.unprivileged_userns_clone=1` where there is such a setting, ' +
  'on Ubuntu 24.04 an AppArmor profile for bwrap (package apparmor-profiles), in a container the right to call ' +
  'unshare and mount, and a /proc that is not masked (with Docker `--cap-add SYS_ADMIN --security-opt ' +
  'seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined`).';
