import { defineErrors } from '#libs/kernel';

/**
 * Refusals of API keys. Whoever does not hold the secret learns nothing beyond `api_key_invalid`: the other codes
 * about a key's state are given only to a caller whose secret is right.
 */
export const API_KEY_ERRORS = defineErrors({
  api_key_malformed: {
    title: 'The API key is malformed',
    cause: 'It does not have the form `ak_…_…`, or its checksum is wrong: a character is missing, added or changed.',
    remedy: 'Copy the whole key again, without spaces or line breaks, and send it once.',
  },
  api_key_invalid: {
    title: 'The API key is not valid',
    cause: 'There is no such key, or its secret is not the right one.',
    remedy:
      'Check that the key belongs to this installation and was not rotated or deleted; otherwise issue a new one.',
  },
  api_key_expired: {
    title: 'The API key has expired',
    cause: 'The time that was set when the key was issued has passed.',
    remedy: 'Issue a new key, or have an administrator of the tenant do it.',
  },
  api_key_revoked: {
    title: 'The API key was revoked',
    cause: 'Somebody ended the key for good.',
    remedy: 'Issue a new key, or have an administrator of the tenant do it.',
  },
  api_key_suspended: {
    title: 'The API key is suspended',
    cause: 'Somebody switched the key off for the time being.',
    remedy: 'Have an administrator of the tenant switch it on again.',
  },
  api_key_owner_inactive: {
    title: 'The owner of the API key is deactivated',
    cause: 'A key is worth no more than its owner, whose account or membership in the tenant is not active.',
    remedy: 'Have an administrator of the tenant reactivate the member, or use the key of another one.',
  },
  credentials_differ: {
    title: 'Two different API keys were sent',
    cause: '`X-API-Key` and `Authorization: Bearer` carry different keys, so it is not clear who is asking.',
    remedy: 'Send one key, in one of the two headers.',
  },
});
