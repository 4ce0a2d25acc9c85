import type { ClientConfig } from 'pg';
import type { ConnectionOptions } from './data-source.js';

/** The same connection for a single client of `pg`, outside the pool. */
export function clientConfig(options: ConnectionOptions): ClientConfig {
  const { socket, url } = options;
  const place: ClientConfig = socket
    ? {
        host: socket.folder,
        port: socket.port,
        user: socket.user,
        password: socket.password,
        database: socket.database,
      }
    : { connectionString: url ?? '' };
  return { ...place, application_name: options.applicationName, connectionTimeoutMillis: 10_000, keepAlive: true };
}

/** Where a connection leads, for messages: never with its password. */
export function describeConnection(options: ConnectionOptions): string {
  if (options.socket) return `the embedded database in ${options.socket.folder}`;
  const url = URL.parse(options.url ?? '');
  return url ? `${url.host}${url.pathname}` : 'the given address';
}
