import { Chance } from './random.ts';

const COUNTRIES = ['DE', 'DK', 'ES', 'FR', 'GB', 'JP', 'NL'] as const;

/** Sixty orders, three of which are wrong: a country that does not exist, a quantity of none, a missing address. */
export function ordersJson(): string {
  const chance = new Chance(99);
  const orders = Array.from({ length: 60 }, (_, index) => ({
    id: `SO-${10_001 + index}`,
    placed_at: new Date(Date.UTC(2025, 4, 1 + (index % 28), 8, index)).toISOString(),
    customer: {
      name: `Customer ${index + 1}`,
      email: `customer-${index + 1}@example.com`,
      country: chance.pick(COUNTRIES),
    },
    items: Array.from({ length: chance.between(1, 4) }, () => ({
      article: `A-${String(chance.between(1, 240)).padStart(3, '0')}`,
      quantity: chance.between(1, 12),
    })),
  }));
  return `${JSON.stringify(
    orders.map((order, index) => spoilt(order, index)),
    undefined,
    2,
  )}\n`;
}

type Order = { customer: { name: string; email?: string; country: string }; items: { quantity: number }[] };

function spoilt(order: Order, index: number): Order {
  if (index === 12) return { ...order, customer: { ...order.customer, country: 'Denmark' } };
  if (index === 31)
    return { ...order, items: order.items.map((item, n) => (n === 0 ? { ...item, quantity: 0 } : item)) };
  if (index === 47) {
    const { email: _email, ...customer } = order.customer;
    return { ...order, customer };
  }
  return order;
}
