"""The labels a message may have: ``faq/<topic>``, or the id of a dialogue intent."""

FAQ = "faq/"
OUT_OF_SCOPE = "hors_perimetre"


def label_of(topic_or_dialogue: str, topics: "set[str]") -> str:
    """``passeport`` is the label ``faq/passeport``; ``saluer`` is its own label."""
    return FAQ + topic_or_dialogue if topic_or_dialogue in topics else topic_or_dialogue
