import { defineErrors } from '#libs/kernel';

/** What callers of this library can meet. What goes wrong inside a call is an outcome of that call instead. */
export const TOOL_ERRORS = defineErrors({
  tool_name_taken: {
    title: 'A tool of this name exists already',
    cause: 'Two tools were registered under one name; calls could not tell them apart.',
    remedy: 'Choose another name for the tool that was to be added.',
  },
  file_too_large: {
    title: 'The file is too large',
    cause: 'The content has more bytes than a file may have here.',
    remedy: 'Send a smaller file, or split it into several.',
  },
  file_content_missing: {
    title: 'The content of the file is missing',
    cause: 'The record of a file exists, but its content is not in the file store: it was removed from outside.',
    remedy: 'Upload the file again, or restore the file store from the backup that belongs to this database.',
  },
});
