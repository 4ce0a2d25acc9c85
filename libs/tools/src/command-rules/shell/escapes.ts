const ESCAPE = /\\(?:([0-7]{1,3})|x([\dA-Fa-f]{1,2})|u([\dA-Fa-f]{1,4})|U([\dA-Fa-f]{1,8})|c([\s\S])|([\s\S]))/g;
const LETTERS: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  e: '\u001B',
  E: '\u001B',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** What the escapes of `$'…'`, `printf` and `echo -e` mean (bash manual, ANSI-C quoting). */
export function decodeEscapes(text: string): string {
  return text.replace(
    ESCAPE,
    (whole: string, octal?: string, hex?: string, u?: string, U?: string, c?: string, other?: string) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
      const code = hex ?? u ?? U;
      if (code !== undefined) return fromCode(Number.parseInt(code, 16));
      if (c !== undefined) return String.fromCharCode(c.charCodeAt(0) & 31);
      if (other === undefined) return whole;
      return LETTERS[other] ?? ('\\\'"?'.includes(other) ? other : whole);
    },
  );
}

function fromCode(code: number): string {
  return code > 0x10ffff ? '\uFFFD' : String.fromCodePoint(code).toWellFormed();
}
