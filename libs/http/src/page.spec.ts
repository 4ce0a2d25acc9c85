import { describe, expect, it } from 'vitest';
import { html, renderPage } from './page.js';

describe('a page', () => {
  it('escapes whatever is put in, and nothing twice', () => {
    const item = html`<b title="${'"x"'}">${'<script>&'}</b>`;
    expect(html`<p>${item}${[item]}${1}</p>`.text).toBe(
      `<p>${'<b title="&#34;x&#34;">&#60;script&#62;&#38;</b>'.repeat(2)}1</p>`,
    );
  });

  it('begins with the document type and holds nothing inline', () => {
    const text = renderPage({ title: 'A & B', body: html`<main></main>`, scripts: ['/a.js'], styles: ['/a.css'] });
    expect(text).toMatch(/^<!doctype html>\n/);
    expect(text).toContain('<title>A &#38; B</title>');
    expect(text).not.toMatch(/<style|style=|<script>/);
  });
});
