import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { Outbound } from './outbound.js';

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function selfSigned(name: string): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'av-outbound-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: await readFile(key), cert: await readFile(cert) };
}

// Node cannot make certificates itself.
it.skipIf(!hasOpenssl()).each([undefined, '0'])(
  'a certificate that nobody vouches for is refused, with NODE_TLS_REJECT_UNAUTHORIZED=%s (needs openssl) [TOL-2]',
  async (value) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value);
    onTestFinished(() => void vi.unstubAllEnvs());
    let requests = 0;
    const server = createServer(await selfSigned('inside.example'), (_, response) => {
      requests += 1;
      response.end('read');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as { port: number };
    const lookup = async () => [{ address: '127.0.0.1', family: 4 }];
    const outbound = new Outbound({ allow: ['inside.example'], lookup });
    const attempt = outbound.fetch(`https://inside.example:${port}/`, { headers: { authorization: 'secret' } });
    await expect(attempt).rejects.toMatchObject({ code: 'certificate_invalid', retryable: false, sent: false });
    expect(requests).toBe(0);
  },
);
