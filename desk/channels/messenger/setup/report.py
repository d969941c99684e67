"""What is said of a Page, one thing at a time, and the words for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from desk.channels.messenger.config import Page
from desk.texts import Texts


class State(StrEnum):
    """How a thing stands; the values are keys of ``messenger_setup.states``."""

    OK = "ok"
    DONE = "done"
    """It was not as it should be, and is now."""
    NOTE = "note"
    """Nothing is wrong, but somebody should know, or look where Meta lets no program look."""
    TODO = "todo"
    """A person must do something."""
    FAILED = "failed"
    """It could not be asked or done now; later it may."""


@dataclass(frozen=True)
class Line:
    """One thing: its state, the key of its sentence in ``messenger_setup``, and what fills it.

    A tuple among the values is of keys of other words, told one after the other.
    """

    state: State
    key: str
    values: dict[str, object] = field(default_factory=dict)

    def words(self, texts: Texts) -> str:
        """The sentence."""
        return texts(f"messenger_setup.{self.key}", **{
            name: ", ".join(texts(f"messenger_setup.{key}") for key in value)
            if isinstance(value, tuple) else value
            for name, value in self.values.items()
        })  # fmt: skip


def line(state: State, key: str, **values: object) -> Line:
    """A line, its values in keywords."""
    return Line(state, key, values)


def all_well(lines: Iterable[Line]) -> bool:
    """Whether nothing is left to do, and nothing failed."""
    return not any(one.state in (State.TODO, State.FAILED) for one in lines)


def written(texts: Texts, title: str, lines: Sequence[Line]) -> str:
    """A block of the report: a title, then a line a thing."""
    states = {state: texts(f"messenger_setup.states.{state}") for state in State}
    width = max(map(len, states.values()))
    body = [f"  {states[one.state]:<{width}}  {one.words(texts)}" for one in lines]
    return "\n".join([title, *body])


def named(texts: Texts, page: Page) -> str:
    """How a Page is called: its name and its number."""
    return texts("messenger_setup.page", name=page.name, page=page.id)
