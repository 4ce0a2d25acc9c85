import { csvRecord, money } from './csv.ts';
import { Chance } from './random.ts';

const ROWS = 4000;
const DAY_MS = 86_400_000;

const REGIONS = ['North', 'North', 'East', 'South', 'South', 'South', 'West'] as const;
const CHANNELS = ['shop', 'web', 'web', 'phone'] as const;
const CUSTOMERS = [
  'Adler & Söhne, Köln',
  'Brook Farm',
  'Café "Zur Post"',
  'Delta Works',
  'Eriksen ApS',
  'Fábrica Ñandú',
  'Garden Centre, Leeds',
  'Hôtel du Lac',
  'Ito 商店',
  'Jansen',
] as const;
const NOTES = [
  'call before delivery',
  'gift wrap, please',
  'second attempt',
  'paid in two parts:\n50 % now, the rest later',
  'asked for "the green one"',
] as const;

/** Prices in cents. */
const PRODUCTS = [
  { name: 'Kettle', price: 3490 },
  { name: 'Teapot', price: 2195 },
  { name: 'Cup', price: 649 },
  { name: 'Tray', price: 1850 },
  { name: 'Green tea', price: 799 },
  { name: 'Black tea', price: 725 },
  { name: 'Strainer', price: 310 },
] as const;

/**
 * Two years of orders: fields with commas, quotes, line breaks and letters of many languages, returns (negative
 * amounts) and amounts that are not known yet. What an awk can add up stands before what needs a real parser.
 */
export function salesCsv(): string {
  const chance = new Chance(20_240_101);
  const header = 'order_id,date,region,product,quantity,unit_price,amount,channel,customer,note\n';
  return header + Array.from({ length: ROWS }, (_, index) => sale(chance, index)).join('');
}

function sale(chance: Chance, index: number): string {
  const day = Date.UTC(2024, 0, 1) + Math.floor((index / ROWS) * 731) * DAY_MS;
  const product = chance.pick(PRODUCTS);
  // Prices rise by three cents in the hundred in the second year.
  const price = index * 2 < ROWS ? product.price : Math.round(product.price * 1.03);
  const quantity = chance.happens(0.02) ? -chance.between(1, 3) : chance.between(1, 12);
  const isOpen = chance.happens(0.01);
  return csvRecord([
    `SO-${10_001 + index}`,
    new Date(day).toISOString().slice(0, 10),
    chance.pick(REGIONS),
    product.name,
    quantity,
    money(price),
    isOpen ? '' : money(quantity * price),
    chance.pick(CHANNELS),
    chance.pick(CUSTOMERS),
    chance.happens(0.08) ? chance.pick(NOTES) : '',
  ]);
}
