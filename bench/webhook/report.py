"""The table: milliseconds, and how many times the desk's cheapest answer that is."""

import statistics

from bench.webhook.rounds import CASES, DISK, FLOORS, ONE_FLOOR


def report(backend: str, took: dict[str, list[float]]) -> str:
    """One database's, a line each."""
    lines = [f"{backend:50}{'measured':>9}{'median':>9}{'p95':>9}{'max':>9}{'/ floor':>9}"]
    for case in CASES:
        middle, late, worst = _figures(took[case])
        floor = statistics.median(took[FLOORS.get(case, ONE_FLOOR)])
        ratio = "" if case == DISK else f"{middle / floor:9.1f}"
        lines.append(f"{case:50}{len(took[case]):9}{middle:9.2f}{late:9.2f}{worst:9.2f}{ratio}")
    return "\n".join(lines) + "\n"


def _figures(found: list[float]) -> tuple[float, float, float]:
    """Median, 95th percentile, the longest."""
    late = statistics.quantiles(found, n=20, method="inclusive")[18]
    return statistics.median(found), late, max(found)
