import { SETTINGS, type Setting } from '#libs/config';
import type { Generated } from './generated.ts';

/** `.env.example`: every variable, commented out, at its default. */
export const environmentExample: Generated = {
  path: '.env.example',
  render: () =>
    [
      '# Made by "npm run generate" from libs/config/src/schema.ts.',
      '# Copy to .env and uncomment what should differ from the default; variables that are set already win.',
      ...Object.values<Setting>(SETTINGS).flatMap(lines),
      '',
    ].join('\n'),
};

function lines(setting: Setting): string[] {
  const secret = setting.secret ? ' Secret.' : '';
  return [
    '',
    `# ${setting.description}${secret}`,
    `# Should be ${setting.expected}.`,
    `#${setting.variable}=${setting.defaultText}`,
  ];
}
