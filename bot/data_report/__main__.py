"""``python -m bot.data_report [--pairs]`` prints, per intent, what its training messages look like."""

import argparse
import sys
from typing import List, Optional

from bot.data_report.figures import measure
from bot.lessons import read_lessons


def main(arguments: Optional[List[str]] = None) -> int:
    """Print the table, then near-duplicates when asked; always 0."""
    parser = argparse.ArgumentParser(prog="bot.data_report")
    parser.add_argument("--pairs", action="store_true", help="also print every pair of near-duplicates")
    options = parser.parse_args(arguments)
    rows = measure(read_lessons())
    print(f"{'intent':34} {'messages':>8} {'words':>6} {'near':>5} {'clash':>5}  nearest")
    for row in rows:
        nearest = ", ".join(f"{name} {closeness:.2f}" for name, closeness in row.neighbours)
        print(
            f"{row.intent:34} {row.count:8} {row.words:6} {len(row.near):5} {len(row.clashes):5}  {nearest}"
        )
    print(f"{'total':34} {sum(row.count for row in rows):8}")
    if options.pairs:
        for row in rows:
            for first, second in row.near:
                print(f"near   {row.intent}: {first!r} ~ {second!r}")
            for first, intent, second in row.clashes:
                print(f"clash  {row.intent}: {first!r} ~ {intent}: {second!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
