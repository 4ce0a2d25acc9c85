import { stateDiagram } from '#libs/orchestration';
import { generatedPart } from './generated.ts';

/** The state machine of a goal, in the README of its library. */
export const stateDiagramPart = generatedPart(
  'libs/orchestration/README.md',
  'state diagram',
  () => `\`\`\`mermaid\n${stateDiagram()}\n\`\`\``,
);
