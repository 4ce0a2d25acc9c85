import { Chance } from './random.ts';

const LINES = 36_000;
const START = Date.UTC(2025, 8, 14);
const DAY_MS = 86_400_000;

/** Minutes of the day in which the payment service fails. */
const OUTAGES = [
  { from: 9 * 60 + 41, to: 9 * 60 + 44 },
  { from: 17 * 60 + 5, to: 17 * 60 + 7 },
] as const;

/**
 * One day of a shop's log, about four megabytes: two outages, stack traces over several lines, ids and addresses that
 * differ in messages which are otherwise the same.
 */
export function serviceLog(): string {
  const chance = new Chance(4711);
  const lines: string[] = [];
  for (let index = 0; index < LINES; index += 1) {
    const time = START + Math.floor((index / LINES) * DAY_MS) + chance.between(0, 900);
    const minute = Math.floor((time - START) / 60_000);
    const fails = OUTAGES.some(({ from, to }) => minute >= from && minute < to) && chance.happens(0.8);
    lines.push(...(fails ? outage(chance, time) : normal(chance, time)));
  }
  return `${lines.join('\n')}\n`;
}

function line(time: number, level: string, part: string, message: string): string {
  return `${new Date(time).toISOString()} ${level.padEnd(5)} [${part}] ${message}`;
}

function outage(chance: Chance, time: number): string[] {
  const order = `SO-${chance.between(10_000, 99_999)}`;
  return [
    line(
      time,
      'ERROR',
      'payment',
      `charge of ${order} failed after ${chance.between(3000, 3100)} ms: upstream timed out`,
    ),
    '    at Gateway.charge (/srv/shop/payment/gateway.js:118:15)',
    '    at async Checkout.pay (/srv/shop/checkout/checkout.js:64:5)',
    `    at async /srv/shop/http/orders.js:31:9 { request: '${chance.hex(16)}' }`,
  ];
}

function normal(chance: Chance, time: number): string[] {
  const roll = chance.next();
  const request = chance.hex(16);
  if (roll < 0.0005)
    return [line(time, 'ERROR', 'mail', `cannot send receipt ${chance.between(1, 9999)}: mailbox full`)];
  if (roll < 0.02) {
    return [line(time, 'WARN', 'stock', `article A-${chance.between(1, 240)} is low: ${chance.between(0, 5)} left`)];
  }
  if (roll < 0.3) {
    return [
      line(
        time,
        'DEBUG',
        'cache',
        `${chance.pick(['hit', 'miss'])} for article A-${chance.between(1, 240)} in ${chance.between(1, 9)} ms`,
      ),
    ];
  }
  const address = `198.51.100.${chance.between(1, 254)}`;
  const path = chance.pick(['/articles', '/cart', '/search', '/orders']);
  return [
    line(time, 'INFO', 'http', `GET ${path} 200 from ${address} in ${chance.between(2, 180)} ms, request ${request}`),
  ];
}
