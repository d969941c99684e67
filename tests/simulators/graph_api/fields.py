"""What a field of a request may be; each raises Refusal with the field's name."""

from typing import Any
from urllib.parse import urlsplit

from tests.simulators.graph_api.errors import bad


def units(text: str) -> int:
    """Length as the stricter of the two ways of counting: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_https(url: Any) -> bool:
    """Whether a button may lead there."""
    return isinstance(url, str) and urlsplit(url).scheme == "https" and bool(urlsplit(url).hostname)


def check_fields(found: Any, name: str, known: set[str], needed: set[str] | None = None) -> None:
    if not isinstance(found, dict):
        raise bad(f"{name} must be an object")
    for key in found:
        if key not in known:
            raise bad(f"{name} does not support the field {key!r}")
    for key in needed or ():
        if key not in found:
            raise bad(f"{name} needs the field {key!r}")


def check_text(found: Any, name: str, longest: int) -> None:
    if not isinstance(found, str) or not found.strip():
        raise bad(f"{name} must be a non-empty string")
    try:
        found.encode()
    except UnicodeEncodeError:
        raise bad(f"{name} is not UTF-8") from None
    if units(found) > longest:
        raise bad(f"{name} is longer than {longest} characters")


def check_list(found: Any, name: str, longest: int) -> list[Any]:
    if not isinstance(found, list) or not 1 <= len(found) <= longest:
        raise bad(f"{name} must hold 1 to {longest} elements")
    return found
