import { NestFactory } from '@nestjs/core';
import type { Principal } from '#libs/policy';
import type { SubmitGoalBody } from '../../../src/goals/goals.schemas.js';
import type { Runtime } from '../../../src/runtime.module.js';
import type { Place } from '../arena.js';
import type { Built } from '../built.js';
import type { Contender } from './contender.js';
import { type Opened, openPlace } from './database.js';
import { GOAL } from './goal.js';
import { Ends } from './ends.js';
import { type Sample, readSample } from './sample.js';

const BODY: SubmitGoalBody = { ...GOAL, priority: 'normal', start: true, on_failure: 'fail', files: [] };

export interface EngineContender extends Contender {
  /** The rows of one goal as the engine has stored them. */
  sample(): Promise<Sample>;
}

/** The program's modules in this process, without HTTP: the use case that the route calls, and the engine behind it. */
export async function openEngine(built: Built, place: Place): Promise<EngineContender> {
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
  const principal = await principalOf(app.get(built.http.Authenticators), opened.apiKey);
  const ends = await Ends.open(built, database, tenantId);
  const { newId } = built.kernel;
  const run = async (): Promise<void> => {
    const id = newId();
    const end = ends.of(id);
    await built.context.runInContext(contextOf(newId(), principal), () => submitGoal.submit(BODY, id));
    await end;
  };
  // A first goal, so that there are rows to look at.
  await run();
  const sample = await readSample(database, tenantId);
  return {
    name: 'goal-10',
    place,
    run,
    sample: async () => sample,
    verify: () => assertAllCompleted(opened),
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
