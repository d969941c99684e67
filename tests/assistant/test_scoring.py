"""The figures of ``make evaluate`` on results given by hand."""

import json
import subprocess
import sys

from bot.evaluation.lines import Catalogue, Line
from bot.evaluation.scoring import Got, score

CATALOGUE = Catalogue({"passeport", "pacs", "piscine"}, {"saluer": "smalltalk", "hors_perimetre": "x"})


def scored(*pairs):
    return score([line for line, _ in pairs], [got for _, got in pairs], CATALOGUE, seconds=0.5)


def test_definitions():
    figures = scored(
        (Line("a", "passeport", voice="sms"), Got("answered", ["passeport"])),
        (Line("b", "passeport", also=["pacs"], voice="sms"), Got("answered", ["pacs"])),
        (Line("c", "passeport", voice="recit"), Got("answered", ["piscine"])),
        (Line("d", "pacs", voice="recit"), Got("clarify", choices=["pacs", "piscine"])),
        (Line("e", "pacs"), Got("handoff")),
        (Line("f", "hors_perimetre"), Got("answered", ["piscine"])),
        (Line("g", "hors_perimetre"), Got("declined")),
        (Line("h", "saluer"), Got("smalltalk")),
        (Line("i", "passeport", labels=["passeport", "piscine"]), Got("answered", ["passeport", "piscine"])),
    )
    assert (figures["n"], figures["in_scope"], figures["oos"], figures["dialogue"]) == (9, 6, 2, 1)
    assert (figures["answered"], figures["correct"], figures["clarify_hit"]) == (4, 3, 1)
    assert figures["wrong"] == 2, "a wrong topic and an answer to what is out of scope"
    assert figures["precision"] == 0.6
    assert figures["resolved"] == round(4 / 6, 4)
    assert figures["oos_false_answer_rate"] == 0.5
    assert (figures["two_requests"], figures["both"]) == (1, 1)
    assert figures["dialogue_correct"] == 1
    assert figures["voices"] == {"recit": 0.5, "sms": 1.0}


def test_nothing_in_scope_divides_by_nothing():
    assert scored((Line("g", "hors_perimetre"), Got("declined")))["resolved"] == 0.0


def test_a_bad_line_is_named(tmp_path):
    data = tmp_path / "bad.jsonl"
    data.write_text(json.dumps({"text": "a", "label": "pacs"}) + "\n{oops\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot.evaluation", str(data)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert done.stdout == ""


def test_a_missing_file_is_one_sentence(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "bot.evaluation", str(tmp_path / "none.jsonl")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("evaluate:")
    assert "Traceback" not in done.stderr
