import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Outbound } from '#libs/outbound';
import { describe, expect, it } from 'vitest';
import { httpServer } from '../../../outbound/src/conformance/loopback.js';
import { ToolRegistry } from '../registry.js';
import { type ToolOutcome, ToolRunner } from '../runner.js';
import { PageReader } from './page-reader.js';
import { webTools } from './web-tools.js';

/** The outcome of reading a page that a server on this machine gives. */
async function fetched(body: string | Buffer, type = 'text/html; charset=utf-8', status = 200) {
  const server = await httpServer((_, response) =>
    response.writeHead(status, type ? { 'content-type': type } : {}).end(body),
  );
  const runner = new ToolRunner(new ToolRegistry(webTools(new Outbound({ allow: [server.entry] }))));
  const outcome: ToolOutcome = await runner.run({
    tool: 'fetch_webpage',
    arguments: { url: server.url('/path/page') },
    workspaceRoot: tmpdir(),
    signal: new AbortController().signal,
    goalId: 'g',
    taskId: 't',
    attempt: 1,
  });
  return { outcome, origin: server.url('').replace(/\/$/, '') };
}

async function page(body: string | Buffer, type?: string) {
  const { outcome, origin } = await fetched(body, type);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  const output = outcome.output as {
    title: string;
    text: string;
    links: { url: string; text: string }[];
    truncated?: true;
  };
  return { ...output, origin };
}

describe('fetch_webpage', () => {
  it('gives title, readable text and absolute links [TOL-2]', async () => {
    const html = await readFile(new URL('./fixtures/article.html', import.meta.url));
    const { title, text, links, truncated, origin } = await page(html);
    expect(title).toContain('How bread rises');
    expect(text).toContain('Gluten, the net of proteins that kneading builds, keeps the gas inside;');
    expect(text.split('\n')).toEqual(expect.arrayContaining(['500 g flour', '350 g water']));
    for (const noise of ['tracker', 'color:', 'Home', 'Write to us']) expect(text).not.toContain(noise);
    expect(links).toEqual([
      { url: `${origin}/`, text: 'Home' },
      { url: `${origin}/about`, text: 'About us' },
      { url: `${origin}/notes/2026/flour.html`, text: 'what flour is made of' },
      { url: 'https://example.org/yeast?a=1&b=2', text: 'a short history of yeast' },
    ]);
    expect(truncated).toBeUndefined();
  });

  it('reads a page without html, head and body elements [TOL-2]', async () => {
    const { title, text, links, origin } = await page(
      '<title>T &amp; T</title><p>one<p hidden>two<a href=x>three</a>',
      '',
    );
    expect({ title, text, links }).toEqual({
      title: 'T & T',
      text: 'one',
      links: [{ url: `${origin}/path/x`, text: 'three' }],
    });
  });

  it.each([
    ['<meta charset=iso-8859-1><p>grüß', 'text/html'],
    ['<p>grüß', 'text/html; charset=latin1'],
    ['grüß', 'text/plain; charset=windows-1252'],
  ])('reads %s of %s in its charset [TOL-2]', async (body, type) => {
    expect((await page(Buffer.from(body, 'latin1'), type)).text).toBe('grüß');
  });

  it.each([
    ['plain text\n  as it is', 'text/plain'],
    ['{"a":1}', 'application/json'],
    ['<feed/>', 'application/atom+xml'],
  ])('gives %j of type %s as it is [TOL-2]', async (body, type) => {
    expect(await page(body, type)).toMatchObject({ title: '', text: body, links: [] });
  });

  it.each([
    [404, 'text/html', 'page_unavailable', false],
    [403, 'text/html', 'page_unavailable', false],
    [429, 'text/html', 'page_unavailable', true],
    [503, 'text/html', 'page_unavailable', true],
    [200, 'application/pdf', 'not_a_page', false],
    [200, 'image/png', 'not_a_page', false],
  ])('answers status %i and type %s with %s [TOL-2]', async (status, type, code, retryable) => {
    const { outcome } = await fetched('x', type, status);
    expect(outcome).toMatchObject({ ok: false, error: { code, retryable } });
  });

  it('takes no more than 2 MiB of HTML [TOL-2]', async () => {
    const { outcome } = await fetched('<p>x'.repeat(600_000));
    expect(outcome).toMatchObject({ ok: false, error: { code: 'response_too_large' } });
  });

  it('cuts off text and links that are too many, and says so [TOL-2]', async () => {
    const links = Array.from({ length: 5000 }, (_, index) => `<a href="/${index}">link ${index}</a>`);
    const output = await page(`<body><p>${'word '.repeat(60_000)}</p>${links.join(' ')}`);
    expect(output.truncated).toBe(true);
    expect(output.text.length).toBe(200_000);
    expect(output.links.length).toBe(1000);
  });
});

describe('a hostile page', () => {
  const none = new AbortController().signal;
  const read = (html: string, timeMs?: number, signal = none) =>
    new PageReader(timeMs).read({ html, url: 'http://example.com/' }, signal);

  it.each([
    ['nested deep', '<div>'.repeat(300_000), 1000],
    ['of formatting that is never closed', '<b>a'.repeat(300_000), 1000],
    ['of more elements than memory holds', '<h2>t</h2>'.repeat(210_000), undefined],
  ])('%s is given up, while this process goes on [TOL-2]', async (_, html, timeMs) => {
    let ticks = 0;
    const timer = setInterval(() => (ticks += 1), 10);
    await expect(read(html, timeMs)).rejects.toMatchObject({ code: 'page_too_complex' });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(20);
  });

  it.each([
    ['deep', `${'<div>'.repeat(5000)}deep inside`, 'deep inside'],
    ['of scripts', `<p>text</p>${'<script>while(true){}</script><img src=x onerror="throw 1">'.repeat(500)}`, 'text'],
    ['of one tag', `<div ${'a=b '.repeat(50_000)}>text</div>`, 'text'],
    // Each of them took a square of its length.
    ['of html tags that never end', '<html'.repeat(400_000), expect.any(String)],
    ['of doctypes that never end', `<p>text</p>${'<!doctype'.repeat(200_000)}`, expect.stringContaining('text')],
    ['of spaces', `<p>text${'<b> </b>'.repeat(100_000)}</p>`, 'text'],
    ['of nothing', '', ''],
    ['of bytes', '\u0000\ufffe<\u0001!--<!DOCTYPE><![CDATA[', expect.any(String)],
    ['of prototypes', '<form id=__proto__><input name=body><a name=documentElement>text</a></form>', 'text'],
  ])('%s is read all the same [TOL-2]', async (_, html, text) => {
    expect((await read(html)).text).toEqual(text);
  });

  it('is left as soon as the call is cancelled, also while it waits for its turn [TOL-2]', async () => {
    const stop = new AbortController();
    const reader = new PageReader();
    const given = { html: '<div>'.repeat(300_000), url: 'http://example.com/' };
    const reads = [1, 2, 3].map(() => reader.read(given, stop.signal).catch((error: unknown) => error));
    setTimeout(() => stop.abort(new Error('enough')), 200);
    expect((await Promise.all(reads)).map(String)).toEqual(['Error: enough', 'Error: enough', 'Error: enough']);
    expect((await reader.read({ html: '<p>next', url: 'http://example.com/' }, none)).text).toBe('next');
  });

  it('of one tenant keeps no other one waiting [TOL-2]', async () => {
    const stop = new AbortController();
    const reader = new PageReader();
    const given = { html: '<div>'.repeat(300_000), url: 'http://example.com/' };
    const reads = [1, 2, 3, 4].map(() => reader.read(given, stop.signal, 'hostile').catch(() => 'stopped'));
    const others = reader.read({ html: '<p>next', url: 'http://example.com/' }, none, 'other');
    expect((await Promise.race([others, ...reads])) as unknown).toMatchObject({ text: 'next' });
    stop.abort(new Error('enough'));
    expect(await Promise.all(reads)).toEqual(['stopped', 'stopped', 'stopped', 'stopped']);
  });
});
