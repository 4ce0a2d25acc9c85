import type { TestClient } from '#libs/testing';
import { type GoalJson, type JournalJson, journalOf, submitted } from '../journeys/goals.js';
import { offerOf } from './offer.js';
import { type Scene, scenes } from './scenes.js';
import type { Witness } from './witness.js';

/** A goal on its way. */
export interface InFlight {
  readonly kind: string;
  readonly scene: Scene;
  readonly goal: GoalJson;
  /** Its journal as the version before left it, or a little shorter. */
  readonly before: readonly JournalJson[];
}

const INPUT = [{ path: 'in.txt', content_base64: Buffer.from('what was there').toString('base64') }];

/** Submits a goal of each kind that the version can have, and waits until each is where it should be found. */
export async function submitAll(client: TestClient, witness: Witness): Promise<InFlight[]> {
  const offer = await offerOf(client);
  const possible = Object.entries(scenes(witness.host)).filter(([, { tasks, routes = [] }]) =>
    [...routes, ...tasks.map(({ tool }) => tool)].every((needed) => offer.has(needed)),
  );
  const goals: Omit<InFlight, 'before'>[] = [];
  for (const [kind, scene] of possible) {
    const body = { description: kind, plan: { tasks: scene.tasks }, files: INPUT, ...scene.rest };
    goals.push({ kind, scene, goal: await submitted(client, body) });
  }
  await Promise.all(goals.map(async ({ scene, goal }) => scene.reach?.(client, goal)));
  return Promise.all(goals.map(async (one) => ({ ...one, before: await journalOf(client, one.goal.id) })));
}
