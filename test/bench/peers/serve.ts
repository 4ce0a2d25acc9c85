import { inLanes } from '../measure.js';
import type { Answer, Order } from './protocol.js';

/** Somebody else's engine, running in this process. */
interface Peer {
  /** One goal, from its submission until its stored result is known. */
  run(): Promise<void>;
  /** How many goals are stored as ended well. */
  ended(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Lets the parent process measure a peer. The loop that submits goals runs here, beside the engine, as it does for our
 * own contender: nothing of a goal travels between the processes.
 */
export function serve(peer: Peer): void {
  const answer = (message: Answer): void => void process.send!(message);
  const obey = async (order: Order): Promise<Answer> => {
    if (order.kind === 'ended') return { kind: 'ended', goals: await peer.ended() };
    return { kind: 'durations', durations: await inLanes(order.times, order.lanes, () => peer.run()) };
  };
  process.on('message', (order: Order) => {
    void obey(order).then(answer, (error: unknown) => answer({ kind: 'failed', message: String(error) }));
  });
  // The parent has let go of this process, or has died.
  process.once('disconnect', () => void peer.close().finally(() => process.exit(0)));
  answer({ kind: 'ready' });
}
