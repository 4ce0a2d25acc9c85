import { type Html, PRODUCT, html, renderPage } from '#libs/http';

/** What the page says of this installation. */
export interface Facts {
  readonly origin: string;
  readonly isReady: boolean;
  readonly isEmbedded: boolean;
  readonly uptimeSeconds: number;
}

const PLACES: readonly (readonly [path: string, name: string, text: string])[] = [
  ['/docs', 'API reference', 'Every route, with examples, to try out.'],
  ['/docs/errors', 'Errors', 'Every error code, its cause and the remedy.'],
  ['/openapi.json', 'OpenAPI document', 'For client generators and other tools.'],
  ['/health/deep', 'Health', 'How each part does, as JSON.'],
];

/** The page at `/`. */
export function renderWelcome(facts: Facts): string {
  return renderPage({
    title: PRODUCT.name,
    scripts: ['/assets/copy.js'],
    body: html`<main class="page">
      <header>
        <h1>${PRODUCT.name}</h1>
        <p class="lead">Organisations let AI agents do real work here, under real control.</p>
      </header>
      ${renderFacts(facts)}
      <section>
        <h2>Where to go</h2>
        <div class="places">
          ${PLACES.map(
            ([path, name, text]) =>
              html`<a class="card" href="${path}"><strong>${name}</strong><span>${text}</span></a>`,
          )}
        </div>
      </section>
      ${renderQuickStart(facts)}
    </main>`,
  });
}

function renderFacts({ isReady, isEmbedded, uptimeSeconds }: Facts): Html {
  return html`<dl class="facts">
    <div>
      <dt>State</dt>
      <dd><span class="dot ${isReady ? 'good' : 'bad'}"></span>${isReady ? 'ready' : 'not ready'}</dd>
    </div>
    <div>
      <dt>Version</dt>
      <dd>${PRODUCT.version}</dd>
    </div>
    <div>
      <dt>Up for</dt>
      <dd>${formatDuration(uptimeSeconds)}</dd>
    </div>
    <div>
      <dt>Database</dt>
      <dd>${isEmbedded ? 'embedded' : 'external'}</dd>
    </div>
  </dl>`;
}

function renderQuickStart({ origin, isEmbedded }: Facts): Html {
  const goals = `${origin}/api/v1/goals`;
  const submit = `curl ${goals} \\
  -H "X-API-Key: $KEY" -H 'Content-Type: application/json' \\
  -d '{"description": "Say hello", "plan": {"tasks": [
        {"id": "hello", "tool": "echo", "arguments": {"text": "Hello, village"}}]}}'`;
  return html`<section>
    <h2>Quick start</h2>
    ${isEmbedded ? TAKE_KEY : html`<p>Set <code>KEY</code> to an API key of your tenant.</p>`}
    ${renderCommand('Submit a goal', submit)}
    ${renderCommand('Read the newest goal', `curl "${goals}?limit=1" -H "X-API-Key: $KEY"`)}
    ${renderCommand('Watch all that happens from now on', `curl -N ${origin}/api/v1/events -H "X-API-Key: $KEY"`)}
  </section>`;
}

// Where the data folder really is, is nobody's business who may see this page.
const TAKE_KEY = html`<p>
    In the folder where the program was started. The key is in its data folder, <code>.data</code> unless
    <code>DATA_DIR</code> says otherwise.
  </p>
  ${renderCommand(
    'Take the key of the first start',
    `KEY=$(sed -n 's/.*"api_key": "\\(.*\\)".*/\\1/p' "\${DATA_DIR:-.data}/first-run.json")`,
  )}`;

function renderCommand(title: string, command: string): Html {
  return html`<div class="command">
    <header>
      <h3>${title}</h3>
      <button type="button" class="copy" aria-label="Copy: ${title}" hidden>Copy</button>
    </header>
    <pre tabindex="0"><code>${command}</code></pre>
  </div>`;
}

function formatDuration(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
  ];
  const parts = units.map(([unit, size], index) => {
    const larger = units[index - 1]?.[1] ?? Number.POSITIVE_INFINITY;
    return [Math.floor((seconds % larger) / size), unit] as const;
  });
  const shown = parts.filter(([count]) => count > 0).slice(0, 2);
  return shown.length > 0 ? shown.map(([count, unit]) => `${count} ${unit}`).join(' ') : `${Math.floor(seconds)} s`;
}
