import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { StreamedEnds } from './streamed-ends.js';

/** What a user of the API has: kept connections, and the tenant's stream for the ends of goals. */
export class ApiClient implements Disposable {
  private readonly agent = new Agent({ keepAlive: true });
  private readonly ends = new StreamedEnds();

  /** Opens the stream, so that no end is missed. */
  static async open(url: string, apiKey: string): Promise<ApiClient> {
    const client = new ApiClient(url, apiKey);
    const stream = await client.send('GET', '/api/v1/events');
    if (stream.statusCode !== 200) throw new Error(`the stream of events answered ${stream.statusCode}`);
    void client.ends.follow(stream);
    return client;
  }

  private constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  /** Submits a goal, and resolves when the stream has told its end. */
  async run(body: string): Promise<void> {
    const { id } = await this.ask<{ id: string }>('POST', '/api/v1/goals', body);
    await this.ends.of(id);
  }

  /** The body of an answer that is a success. */
  async ask<Body>(method: string, path: string, body?: string): Promise<Body> {
    const answer = await this.send(method, path, body);
    const text = await textOf(answer);
    if (answer.statusCode! >= 300) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`);
    return JSON.parse(text) as Body;
  }

  /** Throws unless the newest goals have all ended well. */
  async assertCompleted(): Promise<void> {
    const { data } = await this.ask<{ data: { state: string }[] }>('GET', '/api/v1/goals?limit=200');
    const bad = data.find(({ state }) => state !== 'COMPLETED');
    if (bad) throw new Error(`a goal has not ended well: ${bad.state}`);
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }

  private async send(method: string, path: string, body?: string): Promise<IncomingMessage> {
    const key = { 'x-api-key': this.apiKey };
    const headers = body === undefined ? key : { ...key, 'content-type': 'application/json' };
    const sent = request(new URL(path, this.url), { method, agent: this.agent, headers });
    sent.end(body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return answer;
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  answer.setEncoding('utf8');
  let text = '';
  for await (const part of answer) text += part as string;
  return text;
}
