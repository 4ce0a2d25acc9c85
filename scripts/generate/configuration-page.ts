import { SETTINGS, type Setting } from '#libs/config';
import type { Generated } from './generated.ts';

const HEAD = `<!-- Made by "npm run generate" from libs/config/src/schema.ts. -->

# Configuration

Settings come from the environment, and from a file \`.env\` in the folder where the program is started (variables that
are set already win). An empty variable counts as absent. A wrong value stops the start with exit code 78 and a line that
names the variable and what it should be; the value of a secret is never shown.
`;

/** docs/configuration.md: a table of variables for each group. */
export const configurationPage: Generated = {
  path: 'docs/configuration.md',
  render: () => {
    const groups = Map.groupBy(Object.values<Setting>(SETTINGS), (setting) => setting.group);
    return [HEAD, ...[...groups].map(([group, settings]) => table(group, settings))].join('\n');
  },
};

function table(group: string, settings: readonly Setting[]): string {
  const rows = settings.map((setting) => {
    const value = setting.defaultText === '' ? 'none' : `\`${setting.defaultText}\``;
    const cells = [
      `\`${setting.variable}\``,
      value,
      setting.description,
      setting.expected,
      setting.secret ? 'yes' : '',
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return [
    `## ${group}`,
    '',
    '| variable | default | what it does | what it should be | secret |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
