import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { type RequestContext, currentContext } from '#libs/context';
import { newId } from '#libs/kernel';
import { declareRoute } from './route-declaration.js';

/**
 * The route creates something and honours `Idempotency-Key`: the same key with the same request gets the same answer
 * for 24 hours, and nothing is created twice. The edge keeps the answers; the handler takes the id of what it makes
 * from `idempotentResourceId()`.
 */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    declareRoute({ idempotent: true }),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Chosen by the caller, 1 to 255 printable ASCII characters. The same key and request within 24 hours get ' +
        'the first answer again, with `Idempotent-Replayed: true`.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
  );
}

/** Idempotency for routes whose request is known only once it has been read: streamed uploads. */
export abstract class Idempotency {
  /**
   * Runs `create` unless this request was answered before. `requestHash` is the SHA-256 of the body, in hexadecimal.
   * Without a key it just runs. A request that was answered before ends here: the stored answer is sent, and
   * `create` is not called.
   */
  abstract run<T>(requestHash: string, create: () => Promise<T>): Promise<T>;
}

const resourceIds = new WeakMap<RequestContext, string>();

/**
 * The UUID that the thing which this request creates is to have. A request that is run again because its first run
 * broke off gets the first one's id, so that the handler can find that the thing exists already.
 */
export function idempotentResourceId(): string {
  return resourceIds.get(currentContext()) ?? newId();
}

/** Used by the edge: what `idempotentResourceId` gives in the current request. */
export function rememberResourceId(uuid: string): void {
  resourceIds.set(currentContext(), uuid);
}
