import type { ProviderHealth, SandboxProvider, SandboxRequest, SandboxResult, WorkKind } from '../sandbox.port.js';

/** What a mock does with a request: it may look at the work, give a result, or throw. */
export type Script = (request: SandboxRequest) => Partial<SandboxResult> | Promise<Partial<SandboxResult>>;

/** A sandbox for tests, which runs nothing: it answers as the test has it. */
export class MockSandbox implements SandboxProvider {
  readonly requests: SandboxRequest[] = [];
  closed = false;
  state: ProviderHealth = { ok: true, detail: 'A mock.', remedy: null };

  constructor(
    private readonly script: Script = () => ({}),
    readonly kinds: readonly WorkKind[] = ['command'],
    readonly name = 'mock',
  ) {}

  async health(): Promise<ProviderHealth> {
    return this.state;
  }

  async run(request: SandboxRequest): Promise<SandboxResult> {
    this.requests.push(request);
    return { exitCode: 0, stdout: '', stderr: '', value: null, ...(await this.script(request)) };
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}
