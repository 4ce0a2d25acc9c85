/** A goal as somebody would submit it first, for the documentation. */
export const submitExample = {
  description: 'Copy the sales figures and note how large they are',
  plan: {
    tasks: [
      { id: 'load', tool: 'read_file', arguments: { path: 'sales.csv' } },
      { id: 'save', tool: 'write_file', arguments: { path: 'copy.csv', content: { $ref: 'load.output.content' } } },
    ],
  },
  files: [{ path: 'sales.csv', content_base64: 'cmVnaW9uLGFtb3VudApub3J0aCwxMgo=' }],
};

/** The same without a plan of one's own. */
export const submitPlaybookExample = {
  description: 'Report on the sales figures by region',
  playbook: { name: 'csv-report', parameters: { file: 'sales.csv', group_by: 'region' } },
  files: submitExample.files,
};
