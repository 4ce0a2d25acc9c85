import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonValue } from '#libs/kernel';
import type { Jail } from '../jail/jail.js';
import { jailsOf } from '../jails.js';
import { type CodeWork, type RunLimits, SandboxFailure, type SandboxResult } from '../sandbox.port.js';
import { WasmProvider, type WasmProviderOptions } from '../wasm/wasm-provider.js';

export interface Extras {
  readonly input?: JsonValue;
  readonly files?: Readonly<Record<string, string>>;
  readonly limits?: Partial<RunLimits>;
  readonly signal?: AbortSignal;
  readonly fairnessKey?: string;
  readonly short?: boolean;
}

/** A provider and short ways to use it. Close it at the end. */
export class WasmBench {
  private constructor(
    readonly provider: WasmProvider,
    private readonly folder: string,
  ) {}

  /** With the jails of this machine, with one of them, or with those that are given. */
  static async open(options: Partial<WasmProviderOptions> = {}, only?: string): Promise<WasmBench> {
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'av-wasm-'));
    const jails = jailsIn(folder).filter(({ name }) => only === undefined || name === only);
    return new WasmBench(new WasmProvider({ jails, ...options }), folder);
  }

  run(kind: CodeWork['kind'], code: string, extras: Extras = {}): Promise<SandboxResult> {
    const { input = null, files = {}, signal = new AbortController().signal, ...rest } = extras;
    return this.provider.run({ work: { kind, code, input, files }, signal, ...rest });
  }

  async value(kind: CodeWork['kind'], code: string, extras: Extras = {}): Promise<JsonValue> {
    return (await this.run(kind, code, extras)).value;
  }

  /** The failure of a run that has to fail. */
  async failure(kind: CodeWork['kind'], code: string, extras: Extras = {}): Promise<SandboxFailure> {
    const outcome = await this.run(kind, code, extras).catch((error: unknown) => error);
    if (outcome instanceof SandboxFailure) return outcome;
    throw new Error(`it should have failed, but gave ${JSON.stringify(outcome)}`);
  }

  async close(): Promise<void> {
    await this.provider.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What code must not reach: a file and a variable with a secret in them, and a server on the loopback address. */
export class Canary {
  readonly secret = `canary-${randomUUID()}`;
  /** Connections that the server has taken. */
  connections = 0;

  private constructor(
    private readonly server: Server,
    private readonly environment: NodeJS.ProcessEnv,
    /** Folder in which nothing else is. */
    readonly folder: string,
    readonly variable: string,
  ) {
    server.on('connection', (socket) => {
      this.connections += 1;
      socket.end();
    });
  }

  /** The environment is that of this process, which children would inherit. */
  static async open(environment: NodeJS.ProcessEnv): Promise<Canary> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'av-canary-'));
    const canary = new Canary(server, environment, folder, `CANARY_${randomUUID().replaceAll('-', '')}`);
    await writeFile(canary.file, canary.secret);
    environment[canary.variable] = canary.secret;
    return canary;
  }

  get file(): string {
    return join(this.folder, 'canary.txt');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    delete this.environment[this.variable];
    this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function jailsIn(folder: string): readonly Jail[] {
  return jailsOf(folder, false).forInterpreters;
}

const folder = await mkdtemp(join(await realpath(tmpdir()), 'av-wasm-health-'));
const checked = await Promise.all(
  jailsIn(folder).map(async (jail) => ({ name: jail.name, health: await jail.health() })),
);
await rm(folder, { recursive: true, force: true });

/** Names of the jails that work on this machine. */
export const WORKING_JAILS = checked.filter(({ health }) => health.ok).map(({ name }) => name);

/** Why Python cannot run on this machine; empty where it can. */
export const NO_PYTHON =
  WORKING_JAILS.length > 0
    ? ''
    : ` (skipped: ${checked.map(({ name, health }) => `${name}: ${health.detail}`).join(' ')})`;
