import type { JsonObject } from '#libs/kernel';

export interface TestAnswer<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, the text otherwise. */
  readonly body: Body;
}

export interface TestRequest {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client that is signed in by an API key, or by nothing. It judges nothing: every status is an answer. */
export class TestClient {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

  get<Body = JsonObject>(path: string, request: TestRequest = {}): Promise<TestAnswer<Body>> {
    return this.send<Body>('GET', path, request);
  }

  post<Body = JsonObject>(path: string, body?: unknown, request: TestRequest = {}): Promise<TestAnswer<Body>> {
    return this.send<Body>('POST', path, { body, ...request });
  }

  async send<Body = JsonObject>(method: string, path: string, request: TestRequest = {}): Promise<TestAnswer<Body>> {
    const { body, headers } = request;
    const answer = await fetch(new URL(path, this.url), {
      method,
      redirect: 'manual',
      headers: {
        ...(this.token === undefined ? {} : { 'x-api-key': this.token }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = /\bjson\b/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, headers: answer.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }
}
