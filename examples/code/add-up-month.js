// Adds up one month. Amounts are counted in cents, so that sums are exact; an empty amount is not known yet.
const sums = { month: input.month, orders: input.orders.length, open: 0, cents: 0, regions: {}, products: {} };
for (const [region, product, quantity, amount] of input.orders) {
  if (amount === '') {
    sums.open += 1;
    continue;
  }
  const cents = Math.round(Number(amount) * 100);
  sums.cents += cents;
  sums.regions[region] = (sums.regions[region] ?? 0) + cents;
  sums.products[product] = (sums.products[product] ?? 0) + quantity;
}
// oxlint-disable-next-line no-unused-expressions -- the value of the last expression is the task's
sums;
