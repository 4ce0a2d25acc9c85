import { exampleYaml } from './playbook-example.js';
import type { PlaybookSummary, PlaybookView } from './playbooks.schemas.js';

/* Examples of the OpenAPI document, typed as the answers themselves so that they cannot drift from them. */

export const playbookSummaryExample: PlaybookSummary = {
  name: 'copy-file',
  source: 'tenant',
  version: 1,
  title: 'Copy a file',
  description: 'Makes a copy beside it.',
  parameters: {
    type: 'object',
    required: ['file'],
    properties: {
      file: { type: 'string', format: 'workspace-path', description: 'The file to copy', examples: ['in.csv'] },
    },
  },
  phrases: ['put a copy of {file} beside it'],
  created_at: '2026-12-01T08:30:00.000Z',
  updated_at: '2026-12-01T08:30:00.000Z',
  updated_by: { kind: 'api_key', id: 'ak_5f2b9c31d7e8', name: 'reports' },
};

export const playbookExample: PlaybookView = {
  ...playbookSummaryExample,
  plan: {
    tasks: [{ id: 'copy', tool: 'copy_file', arguments: { from: { $param: 'file' }, to: 'copy.out' } }],
  },
  yaml: exampleYaml,
};
