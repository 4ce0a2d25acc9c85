import { NestFactory } from '@nestjs/core';
import type { Principal } from '#libs/policy';
import type { SubmitGoalBody } from '../../../src/goals/goals.schemas.js';
import type { Runtime } from '../../../src/runtime.module.js';
import type { Place } from '../arena.js';
import type { Built } from '../built.js';
import { Ends } from './ends.js';
import { type Opened, openPlace } from './place.js';

/** Somebody with an API key. */
export interface User extends Disposable {
  /** Gives the goal's UUID when the submission is stored. */
  submit(body: SubmitGoalBody): Promise<string>;
  /** Submits, and waits until the goal's end is stored and known. */
  run(body: SubmitGoalBody): Promise<void>;
}

/** The program's modules in this process, without HTTP: the use case that the route calls, and the engine behind it. */
export interface InProcess extends AsyncDisposable {
  readonly opened: Opened;
  /** Whoever has the key of the first run. */
  readonly user: User;
  /** Somebody of another tenant. */
  userOf(tenantId: string, apiKey: string): Promise<User>;
}

export async function openInProcess(built: Built, place: Place): Promise<InProcess> {
  const opened = await openPlace(built, place);
  const { settings, logger, database, tenantId } = opened;
  const drain = new built.context.Drain(logger);
  const runtime: Runtime = {
    settings,
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
  const authenticators = app.get(built.http.Authenticators);
  const { newId } = built.kernel;
  const userOf = async (tenant: string, apiKey: string): Promise<User> => {
    const principal = await principalOf(authenticators, apiKey);
    const ends = await Ends.open(built, database, tenant);
    const submit = (body: SubmitGoalBody, id: string): Promise<string> =>
      built.context.runInContext(contextOf(newId(), principal), () => submitGoal.submit(body, id));
    return {
      submit: (body) => submit(body, newId()),
      run: async (body) => {
        const id = newId();
        const end = ends.of(id);
        await submit(body, id);
        await end;
      },
      [Symbol.dispose]: () => ends.close(),
    };
  };
  const user = await userOf(tenantId, opened.apiKey);
  return {
    opened,
    user,
    userOf,
    [Symbol.asyncDispose]: async () => {
      user[Symbol.dispose]();
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
  throw new Error('nobody knows the API key');
}

/** What the edge would have found out about a request. */
function contextOf(requestId: string, principal: Principal) {
  const { tenantId } = principal;
  return { requestId, address: '', operation: 'POST /api/v1/goals', principal, tenantId };
}

/** Throws unless every goal of the tenant has really ended well. */
export async function assertAllCompleted({ database }: Pick<Opened, 'database'>, tenantId: string): Promise<void> {
  const rows = await database.tenants.once<{ state: string; error: unknown }>(
    tenantId,
    `select state, error from goal where state <> 'COMPLETED'`,
  );
  const [bad] = rows;
  if (bad) throw new Error(`${rows.length} goals have not ended well: ${bad.state} ${JSON.stringify(bad.error)}`);
}
