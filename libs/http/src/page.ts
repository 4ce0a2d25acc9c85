/** HTML that has been escaped where it must be. */
export class Html {
  constructor(readonly text: string) {}
}

type Fragment = string | number | Html | readonly Html[];

/** Template tag for HTML: whatever is put in is escaped, unless it is Html itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  return new Html(parts.reduce((text, part, index) => text + render(values[index - 1] ?? '') + part));
}

function render(value: Fragment): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map((item) => item.text).join('');
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface PageOptions {
  readonly title: string;
  readonly body: Html;
  /** Paths of style sheets and scripts of the page beside the shared style. */
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
}

/**
 * A whole page. Nothing in it is inline and nothing comes from elsewhere, so that the strictest content security
 * policy holds for all of our pages.
 */
export function renderPage(options: PageOptions): string {
  const styles = ['/assets/page.css', ...(options.styles ?? [])].map(
    (path) => html`<link rel="stylesheet" href="${path}" />`,
  );
  const scripts = (options.scripts ?? []).map((path) => html`<script src="${path}" defer></script>`);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${options.title}</title>
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        ${styles}${scripts}
      </head>
      <body>
        ${options.body}
      </body>
    </html> `;
  return page.text;
}
