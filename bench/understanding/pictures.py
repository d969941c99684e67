"""The pictures of docs/understanding.md, as SVG: small, sharp, and readable as text in a review."""

from pathlib import Path

import matplotlib

from bench.understanding.figures import risk_coverage
from bench.understanding.material import Question
from bench.understanding.studies import Row
from bench.understanding.systems import Run

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "beffroi"  # the same picture from the same figures

from matplotlib import pyplot as plt  # noqa: E402

UNSTAMPED = {"Date": None, "Creator": None}


def risk_picture(runs: list[Run], questions: list[Question], path: Path) -> None:
    """Wrong answers against coverage, a line a system; its own threshold is a dot."""
    _, axes = plt.subplots(figsize=(7, 4.2))
    for run in runs:
        coverage, risk = risk_coverage(run.guesses, questions)
        (line,) = axes.plot(100 * coverage[20:], 100 * risk[20:], label=run.name)
        answered = sum(guess.answered is not None for guess in run.guesses)
        at = min(max(answered - 1, 0), coverage.size - 1)
        axes.plot(100 * coverage[at], 100 * risk[at], "o", color=line.get_color())
    axes.set(xlabel="in-scope messages answered, %", ylabel="wrong answers, %", xlim=(0, 100), ylim=(0, 40))
    axes.grid(alpha=0.3)
    axes.legend()
    _save(path)


def learning_picture(points: list[tuple[int, Row]], path: Path) -> None:
    """Accuracy, precision and coverage against the number of messages a label."""
    _, axes = plt.subplots(figsize=(7, 4.2))
    sizes = [size for size, _ in points]
    for name in ("accuracy", "precision", "coverage"):
        axes.plot(sizes, [100 * row[name] for _, row in points], "o-", label=name)
    axes.set(xscale="log", xlabel="training messages a label", ylabel="%", ylim=(0, 100))
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    _save(path)


def _save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    plt.tight_layout()
    plt.savefig(path, metadata=UNSTAMPED)
    plt.close()
