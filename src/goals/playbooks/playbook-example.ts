/** A small playbook, for the documentation. */
export const exampleYaml = `name: copy-file
title: Copy a file
description: Makes a copy beside it.
parameters:
  type: object
  required: [file]
  properties:
    file: { type: string, format: workspace-path, description: The file to copy, examples: [in.csv] }
phrases: ['put a copy of {file} beside it']
plan:
  tasks:
    - id: copy
      tool: copy_file
      arguments: { from: { $param: file }, to: copy.out }
`;
