import { csvRecord, money } from './csv.ts';
import { Chance } from './random.ts';

interface Article {
  readonly id: string;
  readonly name: string;
  readonly cents: number;
  readonly stock: number;
}

const KINDS = ['Kettle', 'Teapot', 'Cup', 'Tray', 'Strainer', 'Tin', 'Whisk', 'Spoon'] as const;
const SIZES = ['small', 'medium', 'large', '0.5 l', '1 l'] as const;
const COLOURS = ['white', 'green', 'blue', 'black', 'red, matt'] as const;

function articles(): Article[] {
  const chance = new Chance(7);
  return Array.from({ length: 240 }, (_, index) => ({
    id: `A-${String(index + 1).padStart(3, '0')}`,
    name: `${chance.pick(KINDS)}, ${chance.pick(SIZES)}, ${chance.pick(COLOURS)}`,
    cents: chance.between(200, 9000),
    stock: chance.between(0, 400),
  }));
}

/** A price list of 240 articles. */
export function pricesCsv(): string {
  const rows = articles().map(({ id, name, cents, stock }) => csvRecord([id, name, money(cents), stock]));
  return `article,name,price,stock\n${rows.join('')}`;
}

/**
 * The list half a year later: five articles are gone, six are new, twenty are dearer, one has another name. It has
 * another order, a column more, and columns in other places, which are no differences of the articles.
 */
export function newPricesCsv(): string {
  const old = articles();
  const gone = new Set(['A-017', 'A-058', 'A-101', 'A-166', 'A-239']);
  const kept = old.filter(({ id }) => !gone.has(id)).map((article, index) => changed(article, index));
  const added = Array.from({ length: 6 }, (_, index) => ({
    id: `A-${241 + index}`,
    name: `Filter, pack of ${(index + 1) * 20}`,
    cents: 190 + index * 110,
    stock: 100,
  }));
  const rows = [...kept, ...added]
    .toReversed()
    .map(({ id, name, cents, stock }) => csvRecord([id, money(cents), name, stock, 'EUR']));
  return `article,price,name,stock,currency\n${rows.join('')}`;
}

function changed(article: Article, index: number): Article {
  if (article.id === 'A-042') return { ...article, name: `${article.name} (new design)` };
  return index % 12 === 5 ? { ...article, cents: article.cents + 50 } : article;
}
