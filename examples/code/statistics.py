# Mean and spread of the orders, by Python's own csv and statistics modules.
import csv
import io
import statistics

rows = csv.DictReader(io.StringIO(files["sales.csv"]))
amounts = [float(row["amount"]) for row in rows if row["amount"]]
{
    "orders": len(amounts),
    "mean": round(statistics.fmean(amounts), 2),
    "median": round(statistics.median(amounts), 2),
    "stdev": round(statistics.stdev(amounts), 2),
}
