import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request that has reached the witness. */
export interface Effect {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly key: string | undefined;
  /** Which one of its path it is, counted from 1. */
  readonly nth: number;
  /** Performance time of its arrival, in milliseconds. */
  readonly at: number;
  /** Whether the client went away before it had an answer. */
  brokenOff: boolean;
}

/**
 * Someone outside who sees what really happens: a server on this machine that counts what reaches it. How it answers
 * stands in the query, so that the plan of a goal says it: `?hold=ms` answers after that long, `?drop=n` cuts the
 * connection of the first n requests of the path without an answer, `?mute=n` never answers the first n after those.
 */
export class Witness {
  readonly effects: Effect[] = [];
  /** Whether it leaves what arrives now without an answer. */
  isSilent = false;
  private readonly counts = new Map<string, number>();

  private constructor(
    private readonly server: Server,
    /** As OUTBOUND_ALLOW takes it. */
    readonly entry: string,
  ) {
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async open(): Promise<Witness> {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return new Witness(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  url(path: string): string {
    return `http://${this.entry}${path}`;
  }

  /** What has reached a path, in the order of its arrival. */
  of(path: string): Effect[] {
    return this.effects.filter((effect) => effect.path === path);
  }

  /** Cuts all connections: whoever waits for an answer learns that there is none. */
  hangUp(): void {
    this.server.closeAllConnections();
  }

  close(): void {
    this.hangUp();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', `http://${this.entry}`);
    const nth = (this.counts.get(path) ?? 0) + 1;
    this.counts.set(path, nth);
    const key = request.headers['idempotency-key'];
    const effect: Effect = {
      method: request.method ?? '',
      path,
      key: Array.isArray(key) ? key[0] : key,
      nth,
      at: performance.now(),
      brokenOff: false,
    };
    this.effects.push(effect);
    response.on('close', () => (effect.brokenOff = !response.writableEnded));
    request.resume();
    if (this.isSilent) return;
    await sleep(Number(searchParams.get('hold') ?? 0));
    const drop = Number(searchParams.get('drop') ?? 0);
    if (nth <= drop) response.destroy();
    else if (nth > drop + Number(searchParams.get('mute') ?? 0))
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ nth }));
  }
}
