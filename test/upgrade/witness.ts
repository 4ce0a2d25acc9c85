import { type Server, type ServerResponse, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** Somebody outside, whom the goals call: it counts what is really done. */
export class Witness {
  /** How often each path was called. */
  readonly calls = new Map<string, number>();
  /** Whether `/closed` is served; until then its connections break. */
  isOpen = false;
  private readonly waiting: ServerResponse[] = [];

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://witness');
      this.calls.set(pathname, (this.calls.get(pathname) ?? 0) + 1);
      if (pathname === '/slow') this.waiting.push(response);
      else if (pathname === '/closed' && !this.isOpen) request.socket.destroy();
      else response.end('done');
    });
  }

  static async open(): Promise<Witness> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Witness(server);
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Answers those that called `/slow`. */
  answer(): void {
    for (const response of this.waiting.splice(0)) response.end('done');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
