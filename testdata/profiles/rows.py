# What memray.csv is of: rows that live at the peak, and buffers that do not.
import memray


def load(n):
    return [{"key": i, "value": str(i) * 500} for i in range(n)]


def churn(n):
    for _ in range(n):
        bytearray(100_000)


def main():
    rows = load(2000)
    churn(10)
    return len(rows)


with memray.Tracker("rows.bin"):
    main()
