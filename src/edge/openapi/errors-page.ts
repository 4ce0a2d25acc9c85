import { type Html, html, renderPage } from '#libs/http';
import { statusOf } from '../problem/status-of.js';
import type { Definitions } from './error-responses.js';

/** The page that the `type` of every problem document links to. */
export function renderErrorsPage(definitions: Definitions): string {
  const codes = [...definitions.keys()].toSorted();
  return renderPage({
    title: 'Errors · Agent Village',
    body: html`<main>
      <header>
        <p class="crumb"><a href="/">Agent Village</a> / <a href="/docs">API</a></p>
        <h1>Errors</h1>
        <p class="lead">
          Every refusal is a problem document (RFC 9457). Its <code>code</code> is one of these, and stays what it is
          from version to version; <code>detail</code> says what is wrong this time. Give the
          <code>request_id</code> when you ask for help.
        </p>
      </header>
      <nav class="index" aria-label="Codes">${codes.map((code) => html`<a href="#${code}">${code}</a> `)}</nav>
      ${codes.map((code) => renderError(code, definitions))}
    </main>`,
  });
}

function renderError(code: string, definitions: Definitions): Html {
  const definition = definitions.get(code);
  if (!definition) return html``;
  return html`<section class="card" id="${code}">
    <h2>
      <a href="#${code}"><code>${code}</code></a> <span class="status">${statusOf(code) ?? 500}</span>
    </h2>
    <p class="title">${definition.title}</p>
    <dl>
      <dt>Cause</dt>
      <dd>${prose(definition.cause)}</dd>
      <dt>Remedy</dt>
      <dd>${prose(definition.remedy)}</dd>
    </dl>
  </section> `;
}

// Catalogues set names in backticks, as Markdown does.
function prose(text: string): Html[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}
