import { isFinal } from './states.js';
import { TRANSITIONS } from './transitions.js';

/** The machine as a Mermaid state diagram. The README's copy is generated from it and compared by the checks. */
export function stateDiagram(): string {
  const lines = TRANSITIONS.map((row) => {
    const from = row.from === 'ANY' ? 'any_open_state' : row.from === 'IDLE' ? '[*]' : row.from;
    const guard = row.when === 'always' ? '' : ` [${row.when}]`;
    return `  ${from} --> ${row.to}: ${row.outcome}${guard}`;
  });
  const ends = [...new Set(TRANSITIONS.map((row) => row.to))].filter(isFinal).map((state) => `  ${state} --> [*]`);
  return ['stateDiagram-v2', '  state "any state that is not final" as any_open_state', ...lines, ...ends].join('\n');
}
