import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandBench, NO_JAIL } from '../conformance/command-bench.js';
import { findProgram } from '../jail/programs.js';
import type { SandboxResult } from '../sandbox.port.js';

const SECRET = `secret-${randomUUID()}`;
const VARIABLE = `SECRET_${randomUUID().replaceAll('-', '')}`;
const perl = findProgram('perl') === undefined ? ' (skipped: perl is not installed)' : '';
const bash = findProgram('bash') === undefined ? ' (skipped: bash is not installed)' : '';

let bench: CommandBench;
/** Connections that anything on this machine was given by the servers of this test. */
let connections = 0;
const servers: Server[] = [];

async function listen(
  where: { readonly port: number; readonly host: string } | { readonly path: string },
): Promise<Server> {
  const server = createServer((socket) => {
    connections += 1;
    socket.end(SECRET);
  });
  servers.push(server);
  server.listen(where);
  await once(server, 'listening');
  // It can be reached from here: who gets no answer is held back by the jail.
  const address = server.address();
  const client = connect(typeof address === 'string' ? { path: address } : { port: address?.port ?? 0 });
  expect(await textOf(client)).toBe(SECRET);
  return server;
}

beforeAll(async () => {
  bench = await CommandBench.open();
  process.env[VARIABLE] = SECRET;
  await mkdir(join(bench.root, 'outside'));
  await writeFile(join(bench.root, 'outside/secret.txt'), SECRET, { mode: 0o644 });
});

afterAll(async () => {
  delete process.env[VARIABLE];
  for (const server of servers) server.close();
  await bench.close();
});

/** Runs a script that tries something, and makes sure that it got hold of no secret, and of no connection. */
async function attempt(script: string): Promise<SandboxResult & { readonly text: string }> {
  const before = connections;
  const result = await bench.sh(script, { limits: { wallMs: 10_000 } });
  const text = result.stdout + result.stderr;
  expect(text).not.toContain(SECRET);
  expect(connections).toBe(before);
  return { ...result, text };
}

describe.skipIf(NO_JAIL !== '')(`a command that tries to get out${NO_JAIL}`, () => {
  it('can do its own work: the attempts below fail for no other reason [SBX-1]', async () => {
    const { stdout, exitCode } = await bench.sh(
      'pwd; id -un; echo 1 > made; cat made; echo a | tr a b; echo ok > /tmp/x',
    );
    expect([exitCode, stdout]).toEqual([0, '/workspace\nagent\n1\nb\n']);
    expect(await readFile(join(bench.folder, 'made'), 'utf8')).toBe('1\n');
  });

  it.each(['/etc/shadow', '/root', '/home', '/var', '/run', '/srv', '/opt', '/boot', '/sys', '/mnt', '/media'])(
    'finds no %s (blocked by: mounts) [SBX-1]',
    async (path) => {
      expect(await attempt(`ls -la ${path}; cat ${path}`)).toHaveProperty('exitCode', 1);
    },
  );

  it('sees of /etc only what the loader needs, and a user list that is made up (blocked by: mounts) [SBX-1]', async () => {
    const { stdout } = await attempt('ls /etc; cat /etc/passwd');
    expect(stdout).toContain('agent:x:1000:1000');
    expect(stdout).not.toMatch(/root|shadow|ssh|hostname|machine-id/);
  });

  it('finds neither its own folder nor another one under the names of the host (blocked by: mounts) [SBX-1]', async () => {
    const outside = join(bench.root, 'outside/secret.txt');
    const { text } = await attempt(
      `ls ${bench.folder}; cat ${outside} /workspace/../..${outside}; ls ${bench.root}; ls ${process.cwd()}`,
    );
    expect(text.match(/No such file/g)).toHaveLength(5);
  });

  it('reads no environment but its own (blocked by: process numbers) [SBX-1]', async () => {
    const { stdout } = await attempt('env; cat /proc/*/environ; cat /proc/self/environ; cat /proc/1/environ');
    expect(stdout).not.toContain(VARIABLE);
    const names = (await bench.run(['env'])).stdout.split('\n').map((line) => line.split('=')[0] ?? '');
    expect(names.toSorted()).toEqual(['', 'HOME', 'LANG', 'LOGNAME', 'PATH', 'PWD', 'TERM', 'TMPDIR', 'USER']);
  });

  it('sees no process of others, and can end none (blocked by: process numbers) [SBX-1]', async () => {
    const { stdout } = await attempt(
      `ls /proc | grep '^[0-9]' | tr '\\n' ' '; ls -l /proc/${process.pid}; kill -9 ${process.pid}`,
    );
    const pids = stdout.trim().split(/\s+/).map(Number);
    expect(Math.max(...pids)).toBeLessThan(100);
    // All that it could name, and more: this test goes on.
    await attempt('kill -9 -1');
    await attempt('i=2; while [ $i -lt 40000 ]; do kill -9 $i 2> /dev/null; i=$((i+1)); done');
  });

  it('inherits no descriptor, and learns no path of the host by those it has (blocked by: pipes) [SBX-1]', async () => {
    const { stdout } = await attempt('for d in /proc/self/fd/*; do echo "$d $(readlink $d)"; done');
    // The list itself is read by one that is gone when it is looked at.
    const seen = /^$|^\S+ (\/dev\/null|(socket|pipe):\S+|\S*\/agent-village-\w+\/(out|err) \(deleted\))?$/;
    for (const line of stdout.split('\n')) expect(line).toMatch(seen);
    expect(stdout).toContain('/err (deleted)');
    expect(stdout).not.toContain(bench.root);
  });

  it('reads no command line of the kernel (blocked by: mounts) [SBX-1]', async () => {
    expect((await attempt('cat /proc/cmdline || echo no')).stdout).toBe('no\n');
  });

  it.skipIf(bash !== '')(
    `reaches no server, neither on the loopback address nor elsewhere (blocked by: network)${bash} [SBX-1]`,
    async () => {
      const { port } = (await listen({ port: 0, host: '127.0.0.1' })).address() as AddressInfo;
      const connectTo = (host: string): string =>
        `timeout 2 bash -c 'exec 3<>/dev/tcp/${host}/${port}; cat <&3' || echo refused`;
      const { text } = await attempt(
        `${connectTo('127.0.0.1')}; ${connectTo('localhost')}; ${connectTo('::1')}; cat /proc/net/dev`,
      );
      expect(text.match(/^refused$/gm)).toHaveLength(3);
      // One interface, and nothing ever went over it.
      expect(text.match(/^ *\w+:/gm)?.filter((line) => !line.startsWith('bash'))).toEqual(['    lo:']);
    },
  );

  it.skipIf(perl !== '')(
    `reaches no socket of the host, by path or by abstract name (blocked by: mounts, network)${perl} [SBX-1]`,
    async () => {
      const name = `av-${randomUUID()}`;
      const path = join(bench.root, 'socket');
      await listen({ path: `\0${name}` });
      await listen({ path });
      const connectTo = (address: string): string =>
        `perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un(${address})) or die "no: $!\\n"; print <S>'`;
      const { text } = await attempt(`${connectTo(`"\\0${name}"`)}; ${connectTo(`"${path}"`)}; cat /proc/net/unix`);
      expect(text.match(/no: /g)).toHaveLength(2);
      expect(text).not.toContain(name);
    },
  );

  it.skipIf(perl !== '')(
    `gets no socket that ignores network namespaces, and no raw one (blocked by: filter, user)${perl} [SBX-1]`,
    async () => {
      // AF_VSOCK, AF_PACKET, AF_ALG, and a raw one for ICMP.
      const script = ['40, 1, 0', '17, 3, 0', '38, 5, 0', '2, 3, 1'].map(
        (kind) => `perl -e 'socket(S, ${kind}) and print "opened\\n"'`,
      );
      expect((await attempt(script.join(';'))).text).not.toContain('opened');
    },
  );

  it('gets nowhere by links (blocked by: mounts) [SBX-1]', async () => {
    const outside = join(bench.root, 'outside/secret.txt');
    const { text } = await attempt(
      `ln -s ${outside} soft; cat soft; ln -s / root; cat root${outside}; ln -s ../outside up; cat up/secret.txt; ln /etc/passwd hard || echo no; ln /usr/bin/id hard2 || echo no; ln ${outside} hard3 || echo no`,
    );
    expect(text.match(/^no$/gm)).toHaveLength(3);
    expect(existsSync(join(bench.folder, 'hard2'))).toBe(false);
  });

  it('gains nothing by programs that would make it root (blocked by: no new privileges) [SBX-1]', async () => {
    await bench.sh('cp /bin/sh suid; chmod 6755 suid');
    const { text } = await attempt(
      `grep -E 'Cap|NoNewPrivs' /proc/self/status; ./suid -p -c id; su -c id; mount -t tmpfs none /tmp; newuidmap 1 0 0 1; sudo -n id; for p in $(find /usr -perm -4000 -type f); do $p < /dev/null; done; id`,
    );
    expect(text).toContain('NoNewPrivs:\t1');
    expect(text.match(/Cap\w+:\t0000000000000000/g)).toHaveLength(5);
    expect(text).not.toMatch(/uid=0|euid=0/);
    expect(await stat(join(bench.folder, 'suid'))).not.toHaveProperty('uid', 0);
  });

  it.each([
    'unshare -U id',
    'unshare -r id',
    'unshare -m id',
    'unshare -n id',
    'bwrap --ro-bind / / id',
    'chroot / id',
    'nsenter -t 1 -m id',
  ])('makes no namespace and no other root by `%s` (blocked by: filter, user) [SBX-1]', async (command) => {
    const { exitCode, stdout } = await attempt(command);
    expect(exitCode).toBeGreaterThan(0);
    expect(stdout).toBe('');
  });

  it('mounts nothing, and makes no device (blocked by: no capability) [SBX-1]', async () => {
    const { stdout } = await attempt(
      'mount --bind / /tmp && echo out; mount -o remount,rw /usr && echo out; umount /proc && echo out; mknod disk b 8 0 && echo out; mknod mem c 1 1 && echo out; mkfifo pipe && echo piped; cat /proc/kcore | head -c 1',
    );
    expect(stdout).toBe('piped\n');
  });

  it.each(['/', '/usr', '/usr/bin', '/etc', '/dev', '/proc', '/proc/sys/kernel', '/proc/1', '/usr/local/etc'])(
    'writes nothing in %s (blocked by: read-only mounts) [SBX-1]',
    async (folder) => {
      const { stdout } = await attempt(
        `echo x > ${folder}/made-by-a-command && echo out; mkdir ${folder}/made && echo out`,
      );
      expect(stdout).toBe('');
      expect(existsSync(join(folder, 'made-by-a-command'))).toBe(false);
    },
  );

  it.each([
    'kernel/core_pattern',
    'kernel/hostname',
    'kernel/modprobe',
    'vm/overcommit_memory',
    'user/max_user_namespaces',
    'net/ipv4/ip_forward',
  ])('changes no setting of the kernel: %s (blocked by: user) [SBX-1]', async (setting) => {
    const path = `/proc/sys/${setting}`;
    const before = existsSync(path) ? await readFile(path, 'utf8') : '';
    expect((await attempt(`echo 1 > ${path} && echo out; echo b > /proc/sysrq-trigger && echo out`)).stdout).toBe('');
    expect(existsSync(path) ? await readFile(path, 'utf8') : '').toBe(before);
  });

  it.skipIf(perl !== '')(
    `neither traces another process nor types on a terminal (blocked by: filter, session)${perl} [SBX-1]`,
    async () => {
      const ptrace = process.arch === 'arm64' ? 117 : 101;
      const { text } = await attempt(
        `sleep 3 & perl -e 'print "traced\\n" if syscall(${ptrace}, 16, '$!', 0, 0) == 0; open(T, "+<", "/dev/tty") or print "no terminal\\n"; my $c = "x"; for my $f (STDIN, T) { print "typed\\n" if ioctl($f, 0x5412, $c) }'; kill $!`,
      );
      expect(text).toContain('no terminal');
      expect(text).not.toMatch(/traced|typed/);
    },
  );

  it.skipIf(perl !== '')(
    `takes no memory that nobody sees: memfd and System V segments (blocked by: filter)${perl} [SBX-2]`,
    async () => {
      const [memfd, shmget] = process.arch === 'arm64' ? [279, 194] : [319, 29];
      const { stdout } = await attempt(
        `perl -e 'my $n = "x"; print "memfd\\n" if syscall(${memfd}, $n, 0) >= 0; print "segment\\n" if syscall(${shmget}, 0, 4096, 0600 | 01000) >= 0; print "tried\\n"'`,
      );
      expect(stdout).toBe('tried\n');
    },
  );

  it('learns nothing about the host by name (blocked by: host name) [SBX-1]', async () => {
    expect((await attempt('uname -n; cat /proc/sys/kernel/hostname')).stdout).toBe('sandbox\nsandbox\n');
  });
});
