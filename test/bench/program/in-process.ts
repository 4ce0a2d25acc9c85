import { NestFactory } from '@nestjs/core';
import type { Principal } from '#libs/policy';
import type { SubmitGoalBody } from '../../../src/goals/goals.schemas.js';
import type { Runtime } from '../../../src/runtime.module.js';
import type { Place } from '../arena.js';
import type { Built } from '../built.js';
import { Ends } from './ends.js';
import { type Opened, openPlace } from './place.js';

/** The program's modules in this process, without HTTP: the use case that the route calls, and the engine behind it. */
export interface InProcess extends AsyncDisposable {
  readonly opened: Opened;
  /** Gives the goal's UUID when the submission is stored. */
  submit(body: SubmitGoalBody): Promise<string>;
  /** Submits, and waits until the goal's end is stored and known. */
  run(body: SubmitGoalBody): Promise<void>;
  /** Throws unless every goal has really ended well. */
  assertAllCompleted(): Promise<void>;
}

export async function openInProcess(
  built: Built,
  place: Place,
  settings: Record<string, string> = {},
): Promise<InProcess> {
  const opened = await openPlace(built, place, settings);
  const { logger, database, tenantId } = opened;
  const drain = new built.context.Drain(logger);
  const runtime: Runtime = {
    settings: opened.settings,
    database,
    logger,
    publicUrl: new built.http.PublicUrl('http://localhost'),
    opening: new built.http.Opening(),
    drain,
  };
  const app = await NestFactory.createApplicationContext(built.appModule.AppModule.register(runtime), {
    logger: false,
  });
  const submitGoal = app.get(built.submitGoal.SubmitGoal);
  const principal = await principalOf(app.get(built.http.Authenticators), opened.apiKey);
  const ends = await Ends.open(built, database, tenantId);
  const { newId } = built.kernel;
  const submitAs = async (id: string, body: SubmitGoalBody): Promise<void> => {
    await built.context.runInContext(contextOf(newId(), principal), () => submitGoal.submit(body, id));
  };
  return {
    opened,
    submit: async (body) => {
      const id = newId();
      await submitAs(id, body);
      return id;
    },
    run: async (body) => {
      const id = newId();
      const end = ends.of(id);
      await submitAs(id, body);
      await end;
    },
    assertAllCompleted: () => assertAllCompleted(opened),
    [Symbol.asyncDispose]: async () => {
      ends.close();
      await drain.run(10_000);
      await app.close();
      await database.close();
    },
  };
}

async function principalOf(
  authenticators: InstanceType<Built['http']['Authenticators']>,
  apiKey: string,
): Promise<Principal> {
  for (const authenticator of authenticators.all) {
    const principal = await authenticator.authenticate({ headers: { 'x-api-key': apiKey }, address: '' });
    if (principal) return principal;
  }
  throw new Error('nobody knows the API key of the first run');
}

/** What the edge would have found out about a request. */
function contextOf(requestId: string, principal: Principal) {
  const { tenantId } = principal;
  return { requestId, address: '', operation: 'POST /api/v1/goals', principal, tenantId };
}

async function assertAllCompleted({ database, tenantId }: Opened): Promise<void> {
  const rows = await database.tenants.once<{ state: string }>(
    tenantId,
    `select state from goal where state <> 'COMPLETED'`,
  );
  if (rows.length > 0) throw new Error(`${rows.length} goals have not ended well: ${rows[0]!.state}`);
}
