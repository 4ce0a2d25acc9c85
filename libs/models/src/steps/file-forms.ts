import { COMMAND_OUTPUT, type Draft } from './draft.js';
import { commandWords } from './command-words.js';
import { type StepForm, form, textIn } from './forms.js';

const MAX_WAIT_SECONDS = 3600;

function split(path: string): { readonly folder: string; readonly name: string } {
  const cut = path.lastIndexOf('/');
  return { folder: cut < 0 ? '.' : path.slice(0, cut), name: path.slice(cut + 1) };
}

function wait(draft: Draft, seconds: number): string | undefined {
  if (seconds > MAX_WAIT_SECONDS) return `At most ${MAX_WAIT_SECONDS} seconds in one step: use several.`;
  draft.add('sleep', { seconds });
  return undefined;
}

/** Steps about files, pages and commands. */
export const FILE_FORMS: readonly StepForm[] = [
  form(
    ['read {path}', 'load {path}', 'open {path}', 'read file {path}', 'load file {path}'],
    'Reads a text file of up to 1 MiB; its text is the result.',
    (draft, slots) => {
      const path = textIn(slots, 'path');
      draft.text('read_file', { path }, 'content', path);
    },
  ),
  form(
    ['list files', 'list files in {folder}', 'list folder {folder}', 'show files', 'show files in {folder}'],
    'Lists what is in a folder, the workspace where none is named; the entries are the result.',
    (draft, { folder = '.' }) => draft.data('list_directory', { path: folder }, 'entries'),
  ),
  form(
    ['find files matching {pattern}', 'find files matching {pattern} in {folder}', 'find {pattern} files in {folder}'],
    'Finds files by a pattern such as `**/*.csv`; the matches are the result.',
    (draft, { pattern, folder = '.' }) => draft.data('search_files', { path: folder, pattern: pattern! }, 'matches'),
  ),
  form(
    ['search for {text} in {path}', 'search for {text} in {folder}', 'search for {text}'],
    'Finds the files that hold a text, in one file, below a folder, or anywhere; the matches are the result.',
    (draft, slots) => {
      const { text, path, folder = '.' } = slots;
      const place = path === undefined ? { folder, name: '**' } : split(textIn(slots, 'path'));
      if (path !== undefined && /[*?]/.test(place.name)) return 'Names with `*` or `?` cannot be searched alone.';
      const pattern = path === undefined ? '**/*' : place.name;
      draft.data('search_files', { path: place.folder, pattern, contains: text! }, 'matches');
      return undefined;
    },
  ),
  form(
    ['checksum of {path}', 'compute checksum of {path}', 'info about {path}', 'show info about {path}'],
    'Size, time, SHA-256 and media type of a file are the result.',
    (draft, { path }) => draft.data('file_info', { path: path! }),
  ),
  form(['copy {from} to {to}', 'copy file {from} to {to}'], 'Copies a file, over one of that name.', (draft, slots) => {
    draft.add('copy_file', { from: slots['from']!, to: slots['to']! });
  }),
  form(
    ['move {from} to {to}', 'move file {from} to {to}', 'rename {from} to {to}'],
    'Moves a file, over one of that name.',
    (draft, slots) => {
      draft.add('move_file', { from: slots['from']!, to: slots['to']! });
    },
  ),
  form(
    ['delete {path}', 'delete file {path}', 'remove {path}'],
    'Deletes a file; a person is asked.',
    (draft, slots) => {
      draft.add('delete_file', { path: slots['path']! });
    },
  ),
  form(
    ['make folder {folder}', 'create folder {folder}', 'make directory {folder}', 'create directory {folder}'],
    'Makes a folder, with those on the way.',
    (draft, { folder }) => {
      draft.add('create_directory', { path: folder! });
    },
  ),
  form(
    ['fetch {url}', 'read {url}', 'open {url}', 'fetch page {url}'],
    'Fetches a web page; its readable text is the result.',
    (draft, { url }) => draft.text('fetch_webpage', { url: url! }, 'text', 'page.txt'),
  ),
  form(
    ['download {url}', 'get {url}'],
    'Fetches what is at an address as it is; the body is the result.',
    (draft, slots) => {
      const url = textIn(slots, 'url');
      draft.body('http_get', { url }, 'body', nameAt(url));
    },
  ),
  form(['wait {seconds} seconds', 'wait {seconds} second'], 'Waits.', (draft, { seconds }) =>
    wait(draft, Number(seconds)),
  ),
  form(['wait {minutes} minutes', 'wait {minutes} minute'], 'Waits.', (draft, { minutes }) =>
    wait(draft, Number(minutes) * 60),
  ),
  form(
    ['run {command}', 'run command {command}'],
    'Runs a program (in backticks) in a sandbox, without a shell; what it prints is the result.',
    (draft, slots) => {
      const words = commandWords(textIn(slots, 'command'));
      if (typeof words === 'string') return words;
      draft.text('run_command', { command: words }, 'stdout', COMMAND_OUTPUT);
      return undefined;
    },
  ),
];

/** The name by whose extension the text is understood. */
function nameAt(url: string): string {
  const { pathname } = new URL(url);
  return split(pathname).name || 'page.txt';
}
