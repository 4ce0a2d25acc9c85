// Joins what the months found out: totals, the best month, and how the second year compares with the first.
const best = (counts) => Object.entries(counts).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
const total = { orders: 0, open: 0, cents: 0, regions: {}, years: {} };
let top = input[0];
for (const month of input) {
  total.orders += month.orders;
  total.open += month.open;
  total.cents += month.cents;
  const year = month.month.slice(0, 4);
  total.years[year] = (total.years[year] ?? 0) + month.cents;
  for (const [region, cents] of Object.entries(month.regions)) {
    total.regions[region] = (total.regions[region] ?? 0) + cents;
  }
  if (month.cents > top.cents) top = month;
}
const [first, second] = Object.values(total.years);
// oxlint-disable-next-line no-unused-expressions -- the value of the last expression is the task's
({
  months: input.length,
  orders: total.orders,
  open: total.open,
  revenue: total.cents / 100,
  best_month: top.month,
  best_region: best(total.regions),
  growth_percent: Math.round((second / first - 1) * 1000) / 10,
});
