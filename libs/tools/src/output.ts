import { type JsonValue, findUnstorable } from '#libs/kernel';
import type { Tool } from './tool.js';
import { ToolFailure } from './tool-failure.js';

/** Bytes of JSON that an output may have: it is stored with the task and handed to the tasks that refer to it. */
const MAX_OUTPUT_BYTES = 1024 * 1024;

const TOO_LARGE =
  `The output is larger than ${MAX_OUTPUT_BYTES} bytes of JSON. ` +
  'Write the data to a file in the workspace and pass its path on, or ask for a smaller part.';

function serialise(output: JsonValue): string {
  try {
    const text: string | undefined = JSON.stringify(output);
    if (text !== undefined) return text;
  } catch (error) {
    // Nested too deep for the stack, or circular: in both cases it is nothing that can be kept.
    throw new ToolFailure('output_not_storable', 'The output is nested too deep to be stored. Make it flatter.', {
      cause: error,
    });
  }
  throw new ToolFailure('output_invalid', 'The tool gave no output.');
}

/** Refuses an output that does not fit the tool's schema or that the database could not keep; gives its bytes as JSON. */
export function checkOutput(tool: Tool, output: JsonValue): number {
  const fault = tool.output.faultOf(output);
  if (fault !== undefined) {
    throw new ToolFailure('output_invalid', `The output of \`${tool.name}\` is not what it declares.`, {
      cause: fault,
    });
  }
  const text = serialise(output);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_OUTPUT_BYTES) throw new ToolFailure('output_too_large', TOO_LARGE);
  const place = findUnstorable(output, text);
  if (place === undefined) return bytes;
  throw new ToolFailure(
    'output_not_storable',
    `\`${place}\` of the output holds a NUL character or half of a surrogate pair, which cannot be stored. ` +
      'If it comes from a file, use `read_file` with `encoding` `base64`.',
  );
}
