"""A stock Rasa project taught the same messages as Beffroi: an intent and an answer per label."""

import shutil
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("config.yml")


def write_nlu(messages: dict[str, list[str]], path: Path, rename: bool = False) -> None:
    """Rasa training data; ``rename`` makes plain intents of the retrieval ones."""
    blocks = [
        {"intent": plain(label) if rename else label, "examples": "".join(f"- {one}\n" for one in said)}
        for label, said in messages.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, {"version": "3.1", "nlu": blocks})


def write_project(messages: dict[str, list[str]], folder: Path) -> None:
    """Config, domain, data: what ``rasa train`` needs in an empty folder."""
    labels = [plain(label) for label in messages]
    shutil.rmtree(folder, ignore_errors=True)
    write_nlu(messages, folder / "data/nlu.yml", rename=True)
    _write(
        folder / "domain.yml",
        {
            "version": "3.1",
            "intents": labels,
            "responses": {
                "utter_default": [{"text": "Je transmets."}],
                **{f"utter_{label}": [{"text": f"Réponse : {label}"}] for label in labels},
            },
        },
    )
    stories = [
        {
            "story": f"asks about {label}",
            "steps": [{"intent": label}, {"action": f"utter_{label}"}],
        }
        for label in labels
    ]
    fallback = {"rule": "fallback", "steps": [{"intent": "nlu_fallback"}, {"action": "utter_default"}]}
    _write(folder / "data/core.yml", {"version": "3.1", "stories": stories, "rules": [fallback]})
    _write(folder / "endpoints.yml", {})
    _write(folder / "credentials.yml", {"rest": None})
    shutil.copy(CONFIG, folder / "config.yml")


def plain(label: str) -> str:
    """``faq/passeport`` as a plain intent name."""
    return label.replace("/", "_")


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
