// Parts the orders by month. A field may stand in quotes and hold commas, quotes and line ends (RFC 4180).
function recordsOf(text) {
  const records = [];
  let record = [];
  let field = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') field += text[(at += 1)];
      else isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === ',' || character === '\n') {
      record.push(field);
      field = '';
      if (character === '\n') {
        records.push(record);
        record = [];
      }
    } else field += character;
  }
  return records;
}

const [header, ...orders] = recordsOf(files['sales.csv']);
const [date, region, product, quantity, amount] = ['date', 'region', 'product', 'quantity', 'amount'].map((name) =>
  header.indexOf(name),
);
const months = new Map();
for (const order of orders) {
  const month = order[date].slice(0, 7);
  if (!months.has(month)) months.set(month, []);
  months.get(month).push([order[region], order[product], Number(order[quantity]), order[amount]]);
}
// oxlint-disable-next-line no-unused-expressions -- the value of the last expression is the task's
({ orders: orders.length, months: [...months].map(([month, list]) => ({ month, orders: list })) });
