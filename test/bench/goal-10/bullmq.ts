import type { Contender } from './contender.js';
import { Peer } from './peer.js';
import { startRedis } from './redis.js';

/** BullMQ on a Redis of its own; the work is in ../peers/bullmq.ts. Gives nothing where there is no Redis. */
export async function openBullmq(folder: string): Promise<Contender | undefined> {
  const redis = await startRedis(folder);
  if (redis === undefined) return undefined;
  try {
    const peer = await Peer.start('bullmq', { REDIS_SOCKET: redis.socket });
    return {
      name: 'bullmq',
      processes: { node: peer.pid, server: redis.pid },
      run: (times, lanes) => peer.run(times, lanes),
      verify: () => peer.verify(),
      [Symbol.asyncDispose]: async () => {
        await peer[Symbol.asyncDispose]();
        await redis[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await redis[Symbol.asyncDispose]();
    throw error;
  }
}
