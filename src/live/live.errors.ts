import { defineErrors } from '#libs/kernel';

export const LIVE_ERRORS = defineErrors({
  live_streams_exhausted: {
    title: 'No live stream is free',
    cause: 'This process serves as many live streams as LIVE_MAX_STREAMS allows.',
    remedy: 'Try again after `Retry-After`, or read the journal or the list instead. Operators may raise the limit.',
  },
  too_many_live_streams: {
    title: 'The credential holds too many live streams',
    cause: 'One credential may hold half of the live streams that a process serves.',
    remedy: 'Close streams that are no longer needed, or follow the whole tenant with a single one.',
  },
});
