import { Script } from 'node:vm';

const FILE_NAME = 'code.js';

/**
 * Why code cannot be read, with the line where that shows; undefined where it can. The code is parsed only, and never
 * run here. What the sandbox takes beyond a script of Node is `await` outside of functions.
 */
export function misreadCode(code: string): string | undefined {
  const misread = parse(code);
  if (misread === undefined || !/\bawait\b/.test(code)) return misread;
  // On one line with the code, so that the lines keep their numbers.
  return parse(`(async () => { ${code}\n})`);
}

function parse(code: string): string | undefined {
  try {
    void new Script(code, { filename: FILE_NAME });
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) return 'is no JavaScript: it cannot be read.';
    // V8 tells the place in the first line of the stack only.
    const line = /^code\.js:(\d+)/.exec(error.stack ?? '')?.[1];
    return `is no JavaScript${line === undefined ? '' : ` (line ${line})`}: ${error.message}.`;
  }
}
