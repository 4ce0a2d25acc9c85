import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CommandBench } from '../conformance/command-bench.js';
import { processesNamed } from '../conformance/processes.js';
import { NamespaceJail } from './namespace-jail.js';

const probe = await CommandBench.open((folder) => new NamespaceJail(folder));
const health = await probe.provider.health();
await probe.close();
const reason = health.ok ? '' : ` (skipped: ${health.detail})`;

// The jail is made for interpreters; shells show best what may be reached from within.
describe.skipIf(!health.ok)(`the jail by namespaces${reason}`, () => {
  let bench: CommandBench;

  beforeAll(async () => {
    bench = await CommandBench.open((folder) => new NamespaceJail(folder));
  });

  afterAll(async () => bench.close());

  it('is not for commands of users [SBX-1]', () => {
    expect(new NamespaceJail('/nowhere').forCommands).toBe(false);
  });

  it('lets work be done in the folder, and gives the exit code [SBX-1]', async () => {
    await writeFile(join(bench.folder, 'in'), "it's\n");
    expect(await bench.sh('cat in; tr a-z A-Z < in > out; exit 3')).toMatchObject({ exitCode: 3, stdout: "it's\n" });
    expect(await readFile(join(bench.folder, 'out'), 'utf8')).toBe("IT'S\n");
    expect(await bench.sh('kill -9 $$')).toHaveProperty('exitCode', 137);
  });

  it('hides files, processes and environment of the host [SBX-1]', async () => {
    const secret = `secret-${randomUUID()}`;
    await writeFile(join(bench.root, 'secret'), secret);
    process.env['NAMESPACE_SECRET'] = secret;
    onTestFinished(() => {
      delete process.env['NAMESPACE_SECRET'];
    });
    const { stdout, stderr } = await bench.sh(
      `cat ${bench.root}/secret /etc/shadow /proc/*/environ; ls /root /home /var; ls /proc/${process.pid}; kill -9 ${process.pid}; env; ls /proc/1/root; kill -9 1`,
    );
    expect(stdout + stderr).not.toContain(secret);
    expect(stderr.match(/No such file/g)!.length).toBeGreaterThanOrEqual(6);
    expect(stderr).toMatch(/\/proc\/1\/(environ|root).*Permission denied/);
  });

  it('has no capability, no way to one, and writes nowhere else [SBX-1]', async () => {
    const { stdout } = await bench.sh(
      'grep -E "Cap|NoNew" /proc/self/status; unshare -r id; unshare -m id; mount -t tmpfs none /tmp && echo out; su -c id; for d in / /usr /etc /dev /proc/sys/kernel; do echo x > $d/made && echo out; done',
    );
    expect(stdout).toMatch(/NoNewPrivs:\t1/);
    expect(stdout.match(/Cap\w+:\t0{16}/g)).toHaveLength(5);
    expect(stdout).not.toMatch(/out|uid=/);
  });

  it('reaches no server [SBX-1]', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.end();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { stdout } = await bench.sh(
      `timeout 2 bash -c 'echo x > /dev/tcp/127.0.0.1/${port}' || echo refused; grep -c : /proc/net/dev`,
    );
    expect([stdout, connections]).toEqual(['refused\n1\n', 0]);
  });

  it('ends all at its limits, daemons too, and leaves no mount [SBX-2]', async () => {
    const mounts = await readFile('/proc/self/mounts', 'utf8');
    const name = `namespaces-${randomUUID()}`;
    const script = `(setsid sh -c 'while :; do sleep 0.1; done' ${name} &); sleep 1000`;
    expect(await bench.failure(script, { limits: { wallMs: 500 } })).toHaveProperty('code', 'sandbox_timeout');
    expect(processesNamed(name)).toEqual([]);
    expect(await bench.failure('tail /dev/zero', { limits: { memoryBytes: 32 * 1024 * 1024 } })).toHaveProperty(
      'code',
      'sandbox_memory',
    );
    expect(await readFile('/proc/self/mounts', 'utf8')).toBe(mounts);
  });
});
