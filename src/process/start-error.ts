/** The program cannot start. The message is for the person who started it: what is wrong, and the remedy. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/** A setting is what keeps the program from starting; the message names its variable. */
export class SettingError extends StartError {
  override readonly name = 'SettingError';
}

/** Makes a refusal by the operating system to listen into a message that names the setting; any other stays as it is. */
export function explainListenError(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const text = LISTEN_ERRORS[code]?.(host, port);
  if (text === undefined) return error;
  return code === 'EADDRINUSE' ? new StartError(text, { cause: error }) : new SettingError(text, { cause: error });
}

const LISTEN_ERRORS: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) =>
    `PORT: port ${port} of ${host} is in use by another program.\nStop that one, or choose another port, e.g. PORT=${port + 1} (0 picks a free one).`,
  EACCES: (_host, port) => `PORT: this user may not listen on port ${port}.\nChoose a port above 1023, e.g. PORT=3000.`,
  EADDRNOTAVAIL: noSuchAddress,
  EAFNOSUPPORT: noSuchAddress,
  EINVAL: noSuchAddress,
  ENOTFOUND: noSuchName,
  EAI_AGAIN: noSuchName,
};

function noSuchAddress(host: string): string {
  return `HOST: this machine has no address ${host}.\nUse 127.0.0.1 for this machine only, or 0.0.0.0 for all of its addresses.`;
}

function noSuchName(host: string): string {
  return `HOST: the name ${host} cannot be resolved.\nUse an address, e.g. 127.0.0.1 or 0.0.0.0.`;
}
