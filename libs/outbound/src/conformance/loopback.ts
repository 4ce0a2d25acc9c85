import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { type Server, type Socket, createServer as createTcpServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on this machine that counts who comes: a place that is inside. */
export interface Loopback {
  readonly port: number;
  /** `127.0.0.1:<port>`, as an entry of the allow-list. */
  readonly entry: string;
  /** A URL that names the server by its address. */
  url(path?: string): string;
  connections(): number;
  /** Sockets that are open now. */
  open(): number;
}

async function started(server: Server): Promise<Loopback> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    // Clients that hang up are part of the tests.
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const entry = `127.0.0.1:${address.port}`;
  return {
    port: address.port,
    entry,
    url: (path = '/') => `http://${entry}${path}`,
    connections: () => connections,
    open: () => sockets.size,
  };
}

/** An HTTP server that is gone when the running test ends. */
export function httpServer(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<Loopback> {
  return started(createServer((request, response) => void listener(request, response)));
}

/** A server that speaks whatever it is told to, gone when the running test ends. */
export function tcpServer(listener: (socket: Socket) => void): Promise<Loopback> {
  return started(
    createTcpServer((socket) => {
      // Unread, the end of a connection would go unnoticed.
      socket.resume();
      listener(socket);
    }),
  );
}
