import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import type { JsonValue } from '#libs/kernel';

const quickjs = newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));

/** The same bound as in the sandbox. */
const STACK_BYTES = 256 * 1024;
const SECONDS = 30;

/**
 * What code gives in the interpreter that the sandbox uses, without the sandbox around it. Throws what the code
 * throws.
 */
export async function runCode(code: string, input: JsonValue, files: Record<string, string> = {}): Promise<JsonValue> {
  const context = (await quickjs).newContext();
  try {
    context.runtime.setMaxStackSize(STACK_BYTES);
    context.runtime.setMemoryLimit(256 * 1024 * 1024);
    const end = Date.now() + SECONDS * 1000;
    context.runtime.setInterruptHandler(() => Date.now() > end);
    for (const [name, value] of Object.entries({ input, files })) {
      const json = context.newString(JSON.stringify(value));
      const parse = context.unwrapResult(context.evalCode('JSON.parse'));
      const parsed = context.unwrapResult(context.callFunction(parse, context.undefined, json));
      context.setProp(context.global, name, parsed);
      for (const handle of [json, parse, parsed]) handle.dispose();
    }
    const value = context.unwrapResult(context.evalCode(code, 'code.js'));
    const result = context.dump(value) as JsonValue;
    value.dispose();
    return result;
  } finally {
    context.dispose();
  }
}
