"""Run the comparison and the studies, print them, fill the tables of ``docs/understanding.md``.

Every system learns the same messages and is asked the same ones, none of which was used in training or to
calibrate. DIET takes half an hour and more on all of the data: its runs are kept under
``var/bench/understanding`` by a hash of messages and settings.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.understanding import figures, report, studies, systems
from bench.understanding.material import SETS, Question, read_questions
from bench.understanding.systems import Run
from bot.lessons import Lessons, read_lessons
from bot.paths import ROOT
from bot.quiet import hush

PAGE = ROOT / "docs/understanding.md"
PICTURES = ROOT / "docs/images"

SYSTEMS: dict[str, Callable[[Lessons, list[str]], Run]] = {
    "beffroi": systems.beffroi,
    "rasa": lambda lessons, texts: systems.rasa("Rasa's default", "rasa_default", lessons, texts),
    "burokratt": lambda lessons, texts: systems.rasa("Bürokratt's", "burokratt", lessons, texts),
    "tfidf": systems.tfidf,
}


def main() -> int:
    """Compare, study, write; 0."""
    parser = argparse.ArgumentParser(prog="bench.understanding", description=__doc__)
    parser.add_argument("--per-label", type=int, default=0, help="training messages a label (0: all of them)")
    parser.add_argument("--only", nargs="*", choices=[*SYSTEMS, "studies"], default=[*SYSTEMS, "studies"])
    options = parser.parse_args()
    lessons = read_lessons(options.per_label)
    questions = {name: read_questions(name) for name in SETS}
    every = [question for name in SETS for question in questions[name]]
    taught = sum(map(len, lessons.values()))
    asked = ", ".join(f"{name}: {len(some)}" for name, some in questions.items())
    say(f"{taught} messages taught, {len(every)} asked ({asked})")
    suffix = f"-{options.per_label}" if options.per_label else ""
    parts: dict[str, str] = {}
    runs = [SYSTEMS[name](lessons, [one.text for one in every]) for name in options.only if name in SYSTEMS]
    if runs:
        parts.update(compare(runs, every, PICTURES / f"risk{suffix}.svg"))
    if "studies" in options.only:
        parts.update(study(lessons, every, PICTURES / f"learning{suffix}.svg"))
    marked = {f"{name}{suffix}": text for name, text in parts.items()}
    PAGE.write_text(report.fill(PAGE.read_text(encoding="utf-8"), marked), encoding="utf-8")
    for name, text in marked.items():
        print(f"\n## {name}\n\n{text}")
    return 0


def compare(runs: list[Run], questions: list[Question], picture: Path) -> dict[str, str]:
    """The tables that set the systems side by side, and the risk picture."""
    from bench.understanding.pictures import risk_picture

    risk_picture(runs, questions, picture)
    found = {run.name: figures.figures(run, questions) for run in runs}
    first = runs[0]
    coverage = found[first.name]["coverage"]
    at_same = [(run.name, f"{100 * figures.wrong_at(run.guesses, questions, coverage):.1f}") for run in runs]
    pairs = [(one, other, str(count)) for one, other, count in figures.confusions(first, questions)]
    return {
        "systems": report.systems_table(found),
        "voices": report.voices_table({run.name: figures.by_voice(run, questions) for run in runs}),
        "same-coverage": report.table(
            ("system", f"wrong answers, %, at {100 * coverage:.1f} % coverage"), at_same
        ),
        "confusions": report.table(("label", "taken for, or the other way round", "times"), pairs),
    }


def study(lessons: Lessons, questions: list[Question], picture: Path) -> dict[str, str]:
    """The tables on our own classifier, and the learning curve."""
    from bench.understanding.pictures import learning_picture

    nlp = studies.spacy_model()
    say("robustness…")
    whole = studies.train(lessons, nlp)
    firm = studies.robustness(whole, questions, nlp)
    say("learning curve…")
    points = studies.learning_curve(whole, lessons, questions, nlp)
    learning_picture(points, picture)
    say("what each part brings…")
    parts = studies.ablations(whole, lessons, questions, nlp)
    say("a voice held out…")
    voices = studies.without_a_voice(whole, lessons, questions, nlp)
    held = [
        (
            voice,
            str(count),
            *(f"{100 * row[key]:.1f}" for key in ("accuracy", "coverage") for row in (with_it, without)),
        )
        for voice, (count, with_it, without) in voices.items()
    ]
    head = ("voice", "lessons left out", "accuracy with them", "without", "coverage with them", "without")
    return {
        "robustness": report.rows_table("perturbation", firm.items()),
        "learning": report.rows_table("messages a label", points),
        "parts": report.rows_table("classifier", parts.items()),
        "held-out-voices": report.table(head, held),
    }


def say(text: str) -> None:
    """Progress, on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    hush()
    sys.exit(main())
