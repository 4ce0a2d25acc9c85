import { gitLog } from './git-log.ts';
import { boardGif, gradientPng, greysJpeg } from './images.ts';
import { ordersJson } from './orders.ts';
import { newPricesCsv, pricesCsv } from './prices.ts';
import { salesCsv } from './sales.ts';
import { serviceLog } from './service-log.ts';

type Maker = () => string | Buffer;

/** What stands in examples/data, by its name there (the schema of the orders is written by hand): small enough to be looked at where the project is read. */
export const COMMITTED: Readonly<Record<string, Maker>> = {
  'sales.csv': salesCsv,
  'prices.csv': pricesCsv,
  'prices-new.csv': newPricesCsv,
  'orders.json': ordersJson,
  'git-log.txt': gitLog,
  'images/gradient.png': gradientPng,
  'images/board.gif': boardGif,
  'images/greys.jpg': greysJpeg,
};

/**
 * What is made whenever it is needed: megabytes that a few lines describe completely would only make every clone
 * larger, and compressed they could not be reviewed.
 */
const MADE: Readonly<Record<string, Maker>> = { 'service-log': serviceLog };

/** The contents of an input that is made, the same on every machine; undefined where there is none of that name. */
export function makeInput(name: string): Buffer | undefined {
  const make = Object.hasOwn(MADE, name) ? MADE[name] : undefined;
  return make && Buffer.from(make());
}
