import { type Html, html, renderPage } from '#libs/http';
import type { ErrorDefinition } from '#libs/kernel';
import { statusOf } from '../problem/status-of.js';
import type { Definitions } from './error-responses.js';

/**
 * The page that the `type` of every problem document links to. `failures` are the codes with which goals and tasks end:
 * they have no status, because the request was answered long before.
 */
export function renderErrorsPage(errors: Definitions, failures: Definitions): string {
  return renderPage({
    title: 'Errors · Agent Village',
    body: html`<main class="page">
      <header>
        <p class="crumb"><a href="/">Agent Village</a> / <a href="/docs">API</a></p>
        <h1>Errors</h1>
        <p class="lead">
          Every refusal is a problem document (RFC 9457). Its <code>code</code> is one of these, and stays what it is
          from version to version; <code>detail</code> says what is wrong this time. Give the
          <code>request_id</code> when you ask for help. Why a goal or a task failed stands
          <a href="#failures">below</a>.
        </p>
      </header>
      ${renderList('Answers', errors, (code) => ({ anchor: code, status: String(statusOf(code) ?? 500) }))}
      <h2 id="failures">Why goals and tasks fail</h2>
      <p>These stand in <code>error.code</code> of a goal or a task.</p>
      ${renderList('Failures', failures, (code) => ({ anchor: `failure_${code}`, status: '' }))}
    </main>`,
  });
}

interface Place {
  readonly anchor: string;
  readonly status: string;
}

function renderList(name: string, definitions: Definitions, placeOf: (code: string) => Place): Html {
  const entries = [...definitions].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return html`<nav class="index" aria-label="${name}">
      ${entries.map(([code]) => html`<a href="#${placeOf(code).anchor}">${code}</a> `)}
    </nav>
    ${entries.map(([code, definition]) => renderError(code, definition, placeOf(code)))}`;
}

function renderError(code: string, definition: ErrorDefinition, { anchor, status }: Place): Html {
  return html`<section class="card" id="${anchor}">
    <h3>
      <a href="#${anchor}"><code>${code}</code></a> <span class="status">${status}</span>
    </h3>
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
