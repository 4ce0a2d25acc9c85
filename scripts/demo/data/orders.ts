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

/** What an order has to look like: JSON Schema, draft 2020-12. */
export function ordersSchema(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Orders',
    type: 'array',
    items: {
      type: 'object',
      required: ['id', 'placed_at', 'customer', 'items'],
      additionalProperties: false,
      properties: {
        id: { type: 'string', pattern: '^SO-[0-9]{5}$' },
        placed_at: { type: 'string', format: 'date-time' },
        customer: {
          type: 'object',
          required: ['name', 'email', 'country'],
          properties: {
            name: { type: 'string', minLength: 1 },
            email: { type: 'string', format: 'email' },
            country: { type: 'string', pattern: '^[A-Z]{2}$' },
          },
        },
        items: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['article', 'quantity'],
            properties: { article: { type: 'string' }, quantity: { type: 'integer', minimum: 1 } },
          },
        },
      },
    },
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
