"""Tools that print results print nothing else."""

import logging
import os
import warnings


def hush() -> None:
    """Silence what Rasa, SQLAlchemy and TensorFlow say at every start; must come before they are imported."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
