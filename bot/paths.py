"""Where the assistant's data is, from the root of the project."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "bot"
DATA = ROOT / "data"
LEXICON = DATA / "lexicon"
CALIBRATION = DATA / "calibration"
NLU = DATA / "nlu"
TOPICS = DATA / "topics.yml"
MODELS = ROOT / "models"
