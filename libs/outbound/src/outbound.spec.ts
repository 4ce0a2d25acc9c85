import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { httpServer, tcpServer } from './conformance/loopback.js';
import { Outbound } from './outbound.js';

const MIB = 1024 * 1024;

/** What a server saw of a request. */
interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function seen(request: IncomingMessage): Promise<Seen> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return { method: request.method, url: request.url, headers: request.headers, body };
}

/** Answers with what it saw, as JSON. */
async function mirror(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.end(JSON.stringify(await seen(request)));
}

const redirectTo =
  (location: string, status = 302) =>
  (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { location }).end('moved');
  };

const parsed = (body: Buffer): Seen => JSON.parse(body.toString()) as Seen;

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 5000, interval: 10 }).toBe(true);
}

describe('a request', () => {
  it('sends method, headers and body, and gives status, headers and body [TOL-2]', async () => {
    const server = await httpServer(async (request, response) => {
      const { method, headers, body } = await seen(request);
      response.writeHead(418, { 'X-Twice': ['a', 'b'], 'Set-Cookie': ['c=1'] });
      response.end(`${method} ${String(headers['x-given'])} ${headers['user-agent']} ${headers.host} ${body}`);
    });
    const outbound = new Outbound({ allow: [server.entry], userAgent: 'tester' });
    const request = { method: 'PATCH', headers: { 'X-Given': 'yes' }, body: 'grüß dich' };
    const response = await outbound.fetch(server.url('/a?b#c'), request);
    expect(response).toMatchObject({ status: 418, url: server.url('/a?b') });
    expect(response.headers).toMatchObject({ 'x-twice': 'a, b', 'set-cookie': ['c=1'] });
    expect(response.body.toString()).toBe(`PATCH yes tester ${server.entry} grüß dich`);
  });

  it('leaves no connection behind that another could use [SAF-4]', async () => {
    const server = await httpServer((_, response) => response.end('x'));
    const outbound = new Outbound({ allow: [server.entry] });
    for (const _ of [1, 2, 3]) await outbound.fetch(server.url());
    expect(server.connections()).toBe(3);
    await until(() => server.open() === 0);
  });

  it.each([
    ['x: y', 'a'],
    ['', 'a'],
    ['__proto__', 'a'],
    ['x', 'a\r\nHost: b'],
    ['x', 'a\nb'],
    ['x', 'a\0b'],
    ['x', ' a'],
    ['x', 'euro €'],
    ['Host', 'other.example'],
    ['Content-Length', '0'],
    ['TRANSFER-ENCODING', 'chunked'],
    ['Connection', 'upgrade'],
    ['Expect', '100-continue'],
  ])('is not sent with the header %j: %j [SAF-4]', async (name, value) => {
    const server = await httpServer(mirror);
    const outbound = new Outbound({ allow: [server.entry] });
    const headers = Object.fromEntries([[name, value]]);
    await expect(outbound.fetch(server.url(), { headers })).rejects.toMatchObject({ code: 'header_invalid' });
    expect(server.connections()).toBe(0);
  });

  it('takes no proxy from the environment [SAF-4]', async () => {
    const proxy = await httpServer((_, response) => response.end('by the proxy'));
    const server = await httpServer((_, response) => response.end('direct'));
    const before = { ...process.env };
    Object.assign(process.env, { http_proxy: proxy.url(), HTTP_PROXY: proxy.url(), NODE_USE_ENV_PROXY: '1' });
    try {
      const response = await new Outbound({ allow: [server.entry] }).fetch(server.url());
      expect(response.body.toString()).toBe('direct');
    } finally {
      for (const name of ['http_proxy', 'HTTP_PROXY', 'NODE_USE_ENV_PROXY']) delete process.env[name];
      Object.assign(process.env, before);
    }
  });
});

describe('names', () => {
  it('are looked up once, and the connection goes to what was found then [SAF-4]', async () => {
    const server = await httpServer((_, response) => response.end('first'));
    const lookups: string[] = [];
    const answers = ['127.0.0.1', '127.0.0.2', '127.0.0.2'];
    const outbound = new Outbound({
      allow: [server.entry],
      lookup: async (host) => [{ address: answers[lookups.push(host) - 1]!, family: 4 }],
    });
    const url = `http://rebinding.example:${server.port}/`;
    expect((await outbound.fetch(url)).body.toString()).toBe('first');
    expect(lookups).toEqual(['rebinding.example']);
    // Rebound, it is refused although the first answer was used a moment ago.
    await expect(outbound.fetch(url)).rejects.toMatchObject({ code: 'address_blocked' });
    expect(server.connections()).toBe(1);
  });

  it('that answer with a public address first lead nowhere else later [SAF-4]', async () => {
    const server = await httpServer((_, response) => response.end('inside'));
    let lookups = 0;
    const lookup = async () => {
      lookups += 1;
      // The public address is only looked at: the signal is aborted before anything connects to it.
      if (lookups === 1) stop.abort(new Error('looked at'));
      return [{ address: lookups === 1 ? '93.184.215.14' : '127.0.0.1', family: 4 }];
    };
    const stop = new AbortController();
    const outbound = new Outbound({ allow: [], lookup });
    const url = `http://rebinding.example:${server.port}/`;
    await expect(outbound.fetch(url, { signal: stop.signal })).rejects.toThrow('looked at');
    expect(lookups).toBe(1);
    await expect(outbound.fetch(url)).rejects.toMatchObject({ code: 'address_blocked', sent: false });
    expect(server.connections()).toBe(0);
  });

  it('of the system are checked as well [SAF-4]', async () => {
    const server = await httpServer((_, response) => response.end('inside'));
    const url = `http://localhost:${server.port}/`;
    const open = new Outbound({ allow: [`localhost:${server.port}`] });
    expect((await open.fetch(url)).body.toString()).toBe('inside');
    await expect(new Outbound({ allow: [] }).fetch(url)).rejects.toMatchObject({ code: 'address_blocked' });
    expect(server.connections()).toBe(1);
  });
});

describe('redirects', () => {
  it.each([
    'http://127.0.0.2:PORT/',
    'http://0x7f000002:PORT/',
    'http://[::1]:PORT/',
    '//127.2:PORT/',
    'http://metadata.google.internal/',
    'http://inside.example:PORT/',
  ])('to %s are refused, from a host that is allowed [SAF-4]', async (location) => {
    const inside = await httpServer((_, response) => response.end('inside'));
    const server = await httpServer(redirectTo(location.replace('PORT', String(inside.port))));
    const outbound = new Outbound({
      allow: [server.entry],
      lookup: async () => [{ address: '127.0.0.1', family: 4 }],
    });
    await expect(outbound.fetch(server.url())).rejects.toMatchObject({ code: 'address_blocked', sent: true });
    expect([server.connections(), inside.connections()]).toEqual([1, 0]);
  });

  it.each(['file:///etc/passwd', 'http://u:p@127.0.0.1/', 'http://[', 'javascript:alert(1)', 'ftp://x/'])(
    'to %s are refused [SAF-4]',
    async (location) => {
      const server = await httpServer(redirectTo(location));
      const outbound = new Outbound({ allow: [server.entry] });
      await expect(outbound.fetch(server.url())).rejects.toMatchObject({ code: 'redirect_refused' });
    },
  );

  it('are followed five times, and no sixth time [TOL-2]', async () => {
    const server = await httpServer(({ url }, response) => {
      const left = Number(url?.slice(1));
      if (left > 0) response.writeHead(302, { location: `${left - 1}` }).end();
      else response.end('here');
    });
    const outbound = new Outbound({ allow: [server.entry] });
    expect(await outbound.fetch(server.url('/5'))).toMatchObject({ status: 200, url: server.url('/0') });
    await expect(outbound.fetch(server.url('/6'))).rejects.toMatchObject({ code: 'too_many_redirects' });
    const unfollowed = await outbound.fetch(server.url('/1'), { maxRedirects: 0 });
    expect(unfollowed).toMatchObject({ status: 302, headers: { location: '0' } });
  });

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'DELETE', 'GET'],
    [301, 'PUT', 'PUT'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
  ])('%i make %s into %s [TOL-2]', async (status, method, then) => {
    const server = await httpServer((request, response) =>
      request.url === '/' ? redirectTo('/next', status)(request, response) : mirror(request, response),
    );
    const headers = { 'content-type': 'text/plain', authorization: 'secret' };
    const response = await new Outbound({ allow: [server.entry] }).fetch(server.url(), {
      method,
      headers,
      body: 'text',
    });
    const kept = then === method;
    expect(parsed(response.body)).toMatchObject({ method: then, url: '/next', body: kept ? 'text' : '' });
    expect(parsed(response.body).headers['content-type']).toBe(kept ? 'text/plain' : undefined);
    expect(parsed(response.body).headers.authorization).toBe('secret');
  });

  it('take no secret to another origin [SAF-4]', async () => {
    const other = await httpServer(mirror);
    const server = await httpServer(redirectTo(other.url('/there'), 307));
    const outbound = new Outbound({ allow: [server.entry, other.entry] });
    const secrets = { Authorization: 'a', Cookie: 'b', 'X-API-Key': 'c', 'X-Anything': 'd', Referer: 'e' };
    const { body } = await outbound.fetch(server.url(), { headers: { ...secrets, Accept: 'text/plain' } });
    expect(parsed(body).headers).toMatchObject({ accept: 'text/plain', host: other.entry });
    for (const name of Object.keys(secrets)) expect(parsed(body).headers).not.toHaveProperty(name.toLowerCase());
  });
});

describe('limits', () => {
  const CODINGS = {
    gzip: gzipSync,
    'X-GZIP': gzipSync,
    deflate: deflateSync,
    'deflate ': deflateRawSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
    'gzip, br': (bytes: Buffer) => brotliCompressSync(gzipSync(bytes)),
  };

  it.each(Object.entries(CODINGS))('%s is decompressed, up to the limit [TOL-2]', async (coding, compress) => {
    const server = await httpServer(({ url }, response) => {
      response.setHeader('content-encoding', coding);
      response.end(compress(url === '/bomb' ? Buffer.alloc(16 * MIB) : Buffer.from('hello')));
    });
    const outbound = new Outbound({ allow: [server.entry] });
    const response = await outbound.fetch(server.url());
    expect(response.body.toString()).toBe('hello');
    expect(response.headers).not.toHaveProperty('content-encoding');
    const bomb = outbound.fetch(server.url('/bomb'), { maxBytes: MIB });
    await expect(bomb).rejects.toMatchObject({ code: 'response_too_large', retryable: false });
  });

  it.each([
    ['gzip', 'no gzip'],
    ['zstd', 'no zstd'],
    ['gzip', gzipSync('cut off').subarray(0, 15)],
    ['compress', 'unknown'],
    ['constructor', 'unknown'],
    ['gzip, gzip, gzip', 'too often'],
  ])('a damaged or unknown %s is told [TOL-2]', async (coding, body) => {
    const server = await httpServer((_, response) => response.writeHead(200, { 'content-encoding': coding }).end(body));
    const attempt = new Outbound({ allow: [server.entry] }).fetch(server.url());
    await expect(attempt).rejects.toMatchObject({ code: 'response_invalid' });
  });

  it('a body that never ends is cut off at the limit [TOL-2]', async () => {
    const server = await httpServer((_, response) => {
      const more = (): boolean => response.write(Buffer.alloc(65_536)) && !response.destroyed && more();
      response.on('drain', more);
      more();
    });
    const attempt = new Outbound({ allow: [server.entry] }).fetch(server.url(), { maxBytes: MIB });
    await expect(attempt).rejects.toMatchObject({ code: 'response_too_large' });
    await until(() => server.open() === 0);
  });

  it('headers may not be endless [TOL-2]', async () => {
    const server = await tcpServer((socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`));
    const outbound = new Outbound({ allow: [server.entry] });
    await expect(outbound.fetch(server.url())).rejects.toMatchObject({ code: 'response_too_large' });
    const headers = { x: 'a'.repeat(20_000) };
    await expect(outbound.fetch(server.url(), { headers })).rejects.toMatchObject({ code: 'header_invalid' });
  });

  it.each([
    ['accepts and says nothing', () => {}],
    [
      'sends a byte now and then',
      (socket: { write(text: string): unknown }) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
        const timer = setInterval(() => socket.write('.'), 20);
        setTimeout(() => clearInterval(timer), 2000).unref();
      },
    ],
  ])('a server that %s is given up [TOL-2]', async (_, behaviour) => {
    const server = await tcpServer(behaviour);
    const attempt = new Outbound({ allow: [server.entry] }).fetch(server.url(), { timeoutMs: 150 });
    await expect(attempt).rejects.toMatchObject({ code: 'outbound_timeout', retryable: true, sent: true });
    await until(() => server.open() === 0);
  });

  it('a look-up that takes too long is given up, too [TOL-2]', async () => {
    const outbound = new Outbound({ allow: [], lookup: () => new Promise(() => {}) });
    const attempt = outbound.fetch('http://slow.example/', { timeoutMs: 50 });
    await expect(attempt).rejects.toMatchObject({ code: 'outbound_timeout', sent: false });
  });
});

describe('trouble', () => {
  it('nothing listens: it may be tried again, nothing was sent [TOL-2]', async () => {
    const { entry, url } = await httpServer(mirror);
    const closed = entry.replace(/\d+$/, '1');
    const attempt = new Outbound({ allow: [closed] }).fetch(url().replace(entry, closed));
    await expect(attempt).rejects.toMatchObject({ code: 'connection_failed', retryable: true, sent: false });
  });

  it.each(['', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'])(
    'the connection is cut after %j: it may have been acted on [TOL-2]',
    async (text) => {
      const server = await tcpServer((socket) => socket.once('data', () => socket.end(text)));
      const attempt = new Outbound({ allow: [server.entry] }).fetch(server.url(), { method: 'POST', body: 'x' });
      await expect(attempt).rejects.toMatchObject({ code: 'connection_failed', retryable: true, sent: true });
    },
  );

  it('no HTTP, no TLS [TOL-2]', async () => {
    const server = await tcpServer((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n')));
    const outbound = new Outbound({ allow: [server.entry] });
    await expect(outbound.fetch(server.url())).rejects.toMatchObject({ code: 'response_invalid', retryable: false });
    const secure = outbound.fetch(server.url().replace('http:', 'https:'));
    await expect(secure).rejects.toMatchObject({ code: 'connection_failed', retryable: false });
  });

  it('cancelled or closed, a request ends with its connection [TOL-2]', async () => {
    const server = await tcpServer(() => {});
    const outbound = new Outbound({ allow: [server.entry] });
    const stop = new AbortController();
    const ending = (request: Promise<unknown>) => request.catch((error: unknown) => error);
    const cancelled = ending(outbound.fetch(server.url(), { signal: stop.signal }));
    const closed = ending(outbound.fetch(server.url()));
    await until(() => server.open() === 2);
    stop.abort(new Error('enough'));
    expect(await cancelled).toMatchObject({ message: 'enough' });
    await until(() => server.open() === 1);
    outbound.close();
    expect(await closed).toMatchObject({ code: 'outbound_closed', sent: true });
    await until(() => server.open() === 0);
    await expect(outbound.fetch(server.url())).rejects.toMatchObject({ code: 'outbound_closed', sent: false });
  });
});
