import { isUuid } from '#libs/kernel';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const MAX_NAMES = 8;

/** Throws a RangeError unless the text is a key of a file store (see FileStore). */
export function requireFileKey(key: string): void {
  const [scope, tenant, ...names] = key.split('/');
  const valid =
    scope === 'tenants' &&
    tenant !== undefined &&
    isUuid(tenant) &&
    names.length >= 1 &&
    names.length <= MAX_NAMES &&
    names.every((name) => NAME.test(name));
  if (!valid) throw new RangeError('not a key of a file store: it must be tenants/<uuid>/<name>');
}

/** Throws a RangeError unless both are keys of one tenant. */
export function requireSameTenant(one: string, other: string): void {
  requireFileKey(one);
  requireFileKey(other);
  if (one.split('/')[1] !== other.split('/')[1]) throw new RangeError('the keys belong to different tenants');
}
