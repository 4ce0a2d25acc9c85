import type { FastifyHelmetOptions } from '@fastify/helmet';

/**
 * Everything that a page loads comes from here, and nothing is inline. `data:` images are the icons in Swagger UI's
 * style sheet. The policy goes with every answer, so that an answer which a browser takes for a page can do nothing.
 */
export function securityHeaders(publicUrl: string): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Answers are read by other origins only as far as CORS lets them.
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    // Only who is reached by https can ask for it; the domain's other hosts are not ours to speak for.
    strictTransportSecurity: publicUrl.startsWith('https:') && { maxAge: 31_536_000, includeSubDomains: false },
  };
}
