import { type InputIssue, excerpt } from '#libs/kernel';

/** Issues that one text tells of: it is stored with its task, and nobody reads more. */
const MAX_TOLD = 20;
const MAX_PATH_LENGTH = 200;
const MAX_MESSAGE_LENGTH = 500;

/** Issues as sentences of one text, whose length is bounded however many there are. */
export function sentencesOf(issues: readonly InputIssue[]): string {
  const told = issues.slice(0, MAX_TOLD).map(({ path, message }) => {
    const text = excerpt(message, MAX_MESSAGE_LENGTH);
    return path === '' ? `The whole ${text}` : `\`${excerpt(path, MAX_PATH_LENGTH)}\` ${text}`;
  });
  const rest = issues.length - told.length;
  return [...told, ...(rest > 0 ? [`And ${rest} more.`] : [])].join(' ');
}
