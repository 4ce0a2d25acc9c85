import { defineErrors } from '#libs/kernel';

/** Why a call of a built-in tool failed. These codes stand in `error.code` of tasks, not in HTTP answers. */
export const TOOL_FAILURES = defineErrors({
  unknown_tool: {
    title: 'There is no such tool',
    cause: 'The plan names a tool that this installation does not have, e.g. after one was removed.',
    remedy: 'Use a tool of `GET /api/v1/tools`.',
  },
  invalid_arguments: {
    title: 'The arguments do not fit the tool',
    cause: 'With its references replaced, an argument is missing, of the wrong type, too large, or unknown.',
    remedy: 'Compare the arguments with the tool’s `input_schema` in `GET /api/v1/tools`.',
  },
  path_outside_workspace: {
    title: 'The path leaves the workspace',
    cause: 'A path is absolute, climbs out with `..`, or leads out through a symbolic or hard link.',
    remedy: 'Use a path relative to the goal’s workspace. The goal has ended: this is a safety violation.',
  },
  file_not_found: {
    title: 'The file does not exist',
    cause: 'No file or folder of the workspace has that name.',
    remedy: 'Give it in `files`, or make it by an earlier task; `list_directory` shows what there is.',
  },
  not_a_file: {
    title: 'Not a plain file',
    cause: 'The path names a folder, a link, a pipe, a device, or a file with several names (hard links).',
    remedy: 'Name a plain file of the goal’s own.',
  },
  not_a_directory: {
    title: 'Not a folder',
    cause: 'The path, or a part of it, names a file where a folder is needed.',
    remedy: 'Name a folder.',
  },
  is_a_directory: {
    title: 'A folder where a file is needed',
    cause: 'The tool works on files only.',
    remedy: 'Name a file in it.',
  },
  already_exists: {
    title: 'There is something of that name already',
    cause: 'A file stands where a folder is to be made, or the other way round.',
    remedy: 'Choose another name, or remove it first.',
  },
  path_too_long: {
    title: 'The path is too long',
    cause: 'The file system does not take a name of that length.',
    remedy: 'Use a shorter one.',
  },
  too_many_links: {
    title: 'Links lead in a circle',
    cause: 'Following the symbolic links of a path takes too many steps.',
    remedy: 'Name the file directly.',
  },
  changed_meanwhile: {
    title: 'The file was replaced meanwhile',
    cause:
      'Another task changed the path while it was being opened, or changed what a command has changed as well. Nothing ' +
      'of the call took effect; it is tried again.',
    remedy: 'Let tasks that touch the same path depend on each other.',
  },
  permission_denied: {
    title: 'The file is not open to the program',
    cause: 'Its mode or owner was changed, or the file system is read-only.',
    remedy: 'Have an operator look at the data folder.',
  },
  file_too_large: {
    title: 'The file is too large',
    cause: 'Reading returns at most 1 MiB, and no file of a workspace may be larger than 100 MiB.',
    remedy: 'Work on a part of it, or split it.',
  },
  not_text: {
    title: 'The file is no text',
    cause: 'It is not valid UTF-8.',
    remedy: 'Save it as UTF-8, or read it with `"encoding": "base64"`.',
  },
  workspace_too_large: {
    title: 'The workspace is too large for a command',
    cause:
      'A command works on a copy of the goal’s files: at most 20,000 of them, and 256 MiB. What it changes may not be ' +
      'more either; holes of sparse files count.',
    remedy: 'Delete what is not needed any more, use the file tools, or let the command write less.',
  },
  workspace_full: {
    title: 'The workspace is full',
    cause: 'The files of a goal may have 1 GiB together, each counted as 4 KiB at least.',
    remedy: 'Delete what is not needed any more.',
  },
  output_invalid: {
    title: 'The tool broke its own promise',
    cause: 'The output is not what the tool declares. This is a defect of the tool.',
    remedy: 'Report it with the goal’s id.',
  },
  output_unexpected: {
    title: 'The output is not what the tool’s registration says',
    cause: 'A registered tool gave something that does not fit its `output_schema`. Whatever it does has been done.',
    remedy: 'Correct the `output_schema`, or what answers the calls.',
  },
  output_not_storable: {
    title: 'The output cannot be stored',
    cause: 'It holds a NUL character or half of a surrogate pair.',
    remedy: 'Ask for base64 where the tool offers it.',
  },
  output_too_large: {
    title: 'The output is too large',
    cause: 'An output has at most 1 MiB as JSON.',
    remedy: 'Write it to a file and refer to that.',
  },
  storage_unavailable: {
    title: 'The storage does not answer',
    cause: 'It is busy or failing. The call is tried again.',
    remedy: 'If it stays so, have an operator look at the disk.',
  },
  storage_full: {
    title: 'The storage is full',
    cause: 'The disk or its quota has no room left. The call is tried again.',
    remedy: 'Have an operator free space.',
  },
  address_blocked: {
    title: 'The address may not be reached',
    cause: 'A URL, what its host resolves to, or a redirect leads inside, or to where clouds keep credentials.',
    remedy: 'Use a public address. What is inside on purpose, an operator opens by OUTBOUND_ALLOW. The goal has ended.',
  },
  host_not_found: {
    title: 'There is no such host',
    cause: 'The name in the URL does not resolve. If the look-up itself failed, the call is tried again.',
    remedy: 'Correct the name.',
  },
  connection_failed: {
    title: 'There is no connection',
    cause: 'Nothing listens there, the host does not answer, or the connection broke. The call is tried again.',
    remedy: 'If it stays so, correct the port, or ask who runs the server.',
  },
  certificate_invalid: {
    title: 'The server cannot show who it is',
    cause: 'Its certificate has expired, is for another name, or comes from an authority that is not trusted here.',
    remedy: 'Have the certificate corrected. Authorities of your own are trusted through NODE_EXTRA_CA_CERTS.',
  },
  response_invalid: {
    title: 'The response cannot be read',
    cause: 'It is no HTTP, damaged, or compressed in a way that nobody asked for.',
    remedy: 'Correct the URL, or ask who runs the server.',
  },
  response_too_large: {
    title: 'The response is too large',
    cause: 'A response has at most 1 MiB, also as JSON in the output; a page has at most 2 MiB of HTML.',
    remedy: 'Ask for less: a page, a filter, fewer fields, or a part by a `Range` header.',
  },
  redirect_refused: {
    title: 'The redirect is not followed',
    cause: 'It leads from https to http, to a URL that cannot be requested, or there were more than five.',
    remedy: 'Request the final URL.',
  },
  outcome_uncertain: {
    title: 'It is not known whether the request took effect',
    cause: 'A request that must not be repeated blindly was sent, and there was no answer that could be read.',
    remedy: 'A person is asked: look whether the effect is there, by the idempotency key, and answer the approval.',
  },
  not_a_page: {
    title: 'There is no page at that URL',
    cause: 'What the server sends is neither HTML nor text.',
    remedy: 'Use `http_get`.',
  },
  page_unavailable: {
    title: 'The server does not give the page',
    cause: 'It answers with an error status. After one that passes, such as 503, the call is tried again.',
    remedy: 'See what it says with `http_get`.',
  },
  page_too_complex: {
    title: 'The page cannot be read',
    cause: 'Its HTML needs more than ten seconds or 256 MiB, e.g. because it is nested very deep.',
    remedy: 'Use `http_get` for the HTML, or another page.',
  },
  code_failed: {
    title: 'The code failed',
    cause: 'It threw, cannot be read, or its last expression is nothing that JSON can hold. The detail says where.',
    remedy: 'Correct the code.',
  },
  sandbox_unavailable: {
    title: 'There is no sandbox for this here',
    cause: 'Nothing on this machine can run such work safely.',
    remedy: 'Have an operator install what the detail names.',
  },
  sandbox_timeout: {
    title: 'The run took too long',
    cause: 'It was stopped when its time was over. Trying again would take as long.',
    remedy: 'Give it less to do, or raise `timeout_seconds` of the task.',
  },
  sandbox_memory: {
    title: 'The run took too much memory',
    cause: 'It took more than 256 MiB beside what the bare interpreter takes.',
    remedy: 'Work on the data in parts.',
  },
  sandbox_output: {
    title: 'The run put out too much',
    cause: 'Standard output, standard error and the value have at most 1 MiB each.',
    remedy: 'Put out a summary, or write to a file where the tool can.',
  },
  sandbox_processes: {
    title: 'The run started too many processes',
    cause: 'It had more processes and threads than it may have at a time.',
    remedy: 'Start fewer at a time.',
  },
  sandbox_disk: {
    title: 'The run wrote too much to the disk',
    cause: 'Its files took more than they may, all together.',
    remedy: 'Write less, or remove what is not needed any more.',
  },
  sandbox_died: {
    title: 'The sandbox ended unexpectedly',
    cause: 'It ended without an answer; the machine may be short of memory or processes. The call is tried again.',
    remedy: 'If it stays so, have an operator look at the machine.',
  },
  tool_timeout: {
    title: 'The call took too long',
    cause: 'The tool did not end within its time. The call is tried again.',
    remedy: 'Give it less to do, or raise `timeout_seconds` of the task.',
  },
  tool_failed: {
    title: 'The tool failed without an explanation',
    cause: 'An error that the tool does not expect.',
    remedy: 'An operator finds it in the log, by the goal’s id.',
  },
  cancelled: {
    title: 'The call was cancelled',
    cause: 'The goal was cancelled or aborted, or the program stopped.',
    remedy: 'Nothing; retry the goal if it is still wanted.',
  },
});

export type ToolFailureCode = keyof typeof TOOL_FAILURES.definitions;
