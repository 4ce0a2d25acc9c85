import type { FastifyRequest } from 'fastify';
import { type Problem, html, renderPage } from '#libs/http';

/**
 * Whether somebody looks at this with a browser, away from the API. Programs get the document whatever they accept:
 * only a browser's own navigation asks for HTML by name.
 */
export function wantsPage({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/api/') && (headers.accept ?? '').includes('text/html');
}

/** A problem document for people. */
export function renderProblemPage({ type, title, status, detail, code, request_id }: Problem): string {
  return renderPage({
    title: `${title} · Agent Village`,
    body: html`<main class="page">
      <header>
        <p class="crumb"><a href="/">Agent Village</a> / <a href="/docs">API</a></p>
        <h1>${title}</h1>
        <p class="lead">${detail}</p>
      </header>
      <section class="card">
        <dl>
          <dt>Status</dt>
          <dd>${status}</dd>
          <dt>Code</dt>
          <dd><a href="${new URL(type).pathname}#${code}">${code}</a></dd>
          <dt>Request</dt>
          <dd><code>${request_id}</code></dd>
        </dl>
      </section>
    </main>`,
  });
}
