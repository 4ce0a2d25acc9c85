import { describe, expect, it } from 'vitest';
import { blockedCommand } from './command-rules.js';

// Nothing here is ever run: only read.

describe('commands without a shell', () => {
  it.each<[argv: string[]]>([
    [['rm', '-rf', '/']],
    [['rm', '-fr', '/']],
    [['rm', '-r', '-f', '/etc']],
    [['rm', '-R', '/etc']],
    [['rm', '-f', '/etc/passwd']],
    [['rm', '/etc/passwd']],
    [['rm', '--recursive', '--force', '/etc']],
    [['rm', '--rec', '/etc']],
    [['rm', '-rf', '--no-preserve-root', '/']],
    [['rm', '/etc', '-rf']],
    [['rm', '-rf', '--', '/etc']],
    [['rm', '-rf', 'build', '..']],
    [['rm', '-rf', '/workspace/../etc']],
    [['rm', '-rf', './..']],
    [['rm', '-rf', 'a/../../etc']],
    [['rm', '-rf', '//etc//']],
    [['rm', '-rf', '/workspaces']],
    [['rm', '-rf', '/tmp/../x']],
    [['/bin/rm', '-rf', '/']],
    [['/usr/bin/../bin/rm', '-rf', '/']],
    [['RM', '-rf', '/']],
    [['rmdir', '/etc']],
    [['unlink', '/etc/passwd']],
    [['truncate', '-s', '0', '/etc/passwd']],
    [['shred', '-u', '/etc/passwd']],
    [['find', '/', '-delete']],
    [['find', '-L', '/etc', '-name', '*.conf', '-delete']],
    [['find', 'build', '..', '-delete']],
    [['find', '/', '-exec', 'rm', '{}', ';']],
    [['find', '/', '-execdir', 'rm', '-f', '{}', '+']],
    [['find', '/', '-ok', 'rm', '{}', ';']],
    [['find', '.', '-exec', 'rm', '-rf', '/', ';']],
    [['find', '/', '-exec', 'sh', '-c', 'rm -rf "$1"', '_', '{}', ';']],
    [['rsync', '-a', '--delete', 'empty/', '/etc/']],
    [['rsync', '-a', '--delete-after', '-e', 'ssh', 'empty/', 'host:/srv']],
    [['git', '-C', '/', 'clean', '-fdx']],
    [['git', '--work-tree=/etc', 'clean', '-fdx']],
    [['git', '-c', 'alias.x=!rm -rf /', 'x']],
    [['tar', '--remove-files', '-C', '/', '-cf', 'x.tar', 'etc']],
    [['tar', '-cf', '/dev/null', 'x', '--checkpoint=1', '--checkpoint-action=exec=rm -rf /']],
  ])('never lets %j delete outside the workspace [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toMatch(/outside the workspace|over the device/);
  });

  it.each<[argv: string[]]>([
    [['rm', '-rf', 'build']],
    [['rm', '-rf', './node_modules']],
    [['rm', '-rf', '.']],
    [['rm', '-rf', '/workspace/build']],
    [['rm', '-rf', '/tmp/build']],
    [['rm', '-rf', 'a/../b']],
    [['rm', '-rf', '*']],
    [['rm', '-rf', '~']],
    [['rm', '-rf', '$HOME']],
    [['rm', 'a.txt']],
    [['rm', '--help']],
    [['find', '.', '-name', '*.tmp', '-delete']],
    [['find', '-name', '*.tmp', '-delete']],
    [['find', '.', '-name', '*.tmp', '-exec', 'rm', '-f', '{}', '+']],
    [['find', '/', '-name', 'x']],
    [['rsync', '-a', '--delete', '/usr/share/doc/', 'doc/']],
    [['git', 'log']],
    [['git', 'clean', '-fdx']],
    [['git', 'rm', '-rf', 'src/old']],
    [['git', 'commit', '-m', 'rm -rf /']],
    [['echo', 'rm -rf /']],
    [['echo', 'rm', '-rf', '/']],
    [['printf', '%s\n', 'rm -rf /']],
    [['grep', '-r', 'rm -rf /', '.']],
    [['ls', '-la', '/']],
    [['cat', '/etc/passwd']],
    [['cp', '/etc/hosts', 'hosts']],
    [['tar', '-czf', 'out.tgz', 'src']],
    [['truncate', '-s', '0', 'log.txt']],
    [['cd', '/', '&&', 'rm', '-rf', 'x']],
    [['node', 'script.js']],
    [['make', '-C', 'sub', 'clean']],
    [['npm', 'run', 'build']],
    [['']],
    [[]],
  ])('has nothing against %j [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toBeUndefined();
  });
});

describe('programs that start programs', () => {
  const rm = ['rm', '-rf', '/'];
  it.each<[argv: string[]]>([
    [['sudo', ...rm]],
    [['sudo', '-u', 'root', '-E', 'A=1', ...rm]],
    [['sudo', '-D', '/', 'rm', '-rf', 'etc']],
    [['doas', '-u', 'root', ...rm]],
    [['env', ...rm]],
    [['env', '-i', 'A=1', 'B=2', ...rm]],
    [['env', '-u', 'PATH', ...rm]],
    [['env', '-C', '/', 'rm', '-rf', 'etc']],
    [['env', '--chdir=/', 'rm', '-rf', 'etc']],
    [['env', '-S', 'rm -rf /']],
    [['env', '-S', "rm '-rf'", '/']],
    [['env', 'X=/etc', 'sh', '-c', 'rm -rf "$X"']],
    [['nice', '-n', '5', ...rm]],
    [['nice', '-5', ...rm]],
    [['ionice', '-c', '3', ...rm]],
    [['nohup', ...rm]],
    [['timeout', '-k', '5', '--signal=KILL', '10', ...rm]],
    [['setsid', '-w', ...rm]],
    [['stdbuf', '-oL', ...rm]],
    [['time', '-p', ...rm]],
    [['command', ...rm]],
    [['exec', '-a', 'x', ...rm]],
    [['chroot', '/', ...rm]],
    [['unshare', '-r', ...rm]],
    [['busybox', ...rm]],
    [['busybox', 'sh', '-c', 'rm -rf /']],
    [['flock', 'lock', ...rm]],
    [['flock', 'lock', '-c', 'rm -rf /']],
    [['watch', '-n', '1', 'rm -rf /']],
    [['script', '-qc', 'rm -rf /', '/dev/null']],
    [['su', '-', 'root', '-c', 'rm -rf /']],
    [['runuser', '-u', 'root', '--', ...rm]],
    [['xargs', '-n', '1', ...rm]],
    [['parallel', '-j', '2', 'rm', '-rf', ':::', '/etc', '/usr']],
    [['parallel', 'rm -rf {}', ':::', '/etc']],
    [['ssh', '-p', '22', 'host', 'rm', '-rf', 'data']],
    [['strace', '-f', '-o', 'log', ...rm]],
    [['/lib64/ld-linux-x86-64.so.2', '/bin/rm', '-rf', '/']],
    [['sudo', 'env', 'A=1', 'timeout', '5', 'nice', 'bash', '-lc', 'exec rm -rf /']],
  ])('sees through %j [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toMatch(/outside the workspace/);
  });

  it.each<[argv: string[]]>([
    [['sudo', 'echo', 'rm', '-rf', '/']],
    [['env', 'X=/', 'rm', '-rf', 'build']],
    [['timeout', '5', 'rm', '-rf', 'build']],
    [['command', '-v', 'rm']],
    [['xargs', 'echo', 'rm', '-rf', '/']],
    [['flock', 'lock', 'make']],
    [['parallel', 'gzip', ':::', 'a.txt', 'b.txt']],
    [['nice', 'git', 'commit', '-m', 'sh -c "rm -rf /"']],
  ])('has nothing against %j [SAF-4]', (argv) => {
    expect(blockedCommand(argv)).toBeUndefined();
  });
});

it('says what would happen and what to do instead [SAF-4]', () => {
  expect(blockedCommand(['rm', '-rf', 'a/../../etc'])).toBe(
    '`rm` would delete `a/../../etc` (that is `/etc`), which is outside the workspace. ' +
      'Delete only what is in the workspace, by its path from there, e.g. `rm -r build`, or below `/tmp`.',
  );
  expect(blockedCommand(['sh', '-c', 'rm -rf "$TARGET"/*'])).toBe(
    '`rm` would delete `/*`, which is outside the workspace, if what is only known when it runs is empty in `…/*`. ' +
      'Write the path out, or `${NAME:?}` for `$NAME`, which stops where it is empty.',
  );
  expect(blockedCommand(['sh', '-c', `echo ${'x'.repeat(64 * 1024)}`])).toBe(
    'The command is longer than 65536 characters, so it is not read, and what is not read may not run. ' +
      'Write the script into a file of the workspace, and run that.',
  );
});
