import { playbookReference } from '#libs/models';
import { generatedPart } from './generated.ts';

/** The built-in playbooks with their parameters and phrases, in the guide of users. */
export const playbookReferencePart = generatedPart('docs/guides/playbooks.md', 'playbooks', playbookReference);
