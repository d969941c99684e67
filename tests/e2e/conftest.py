"""A running town and a real browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.hall import Hall
from tests.e2e.town import Town

type Launch = Callable[[], Browser]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    running = Town(tmp_path_factory.mktemp("town"))
    running.prepare()
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Launch]:
    """Starts the browser that the machine has."""
    path = shutil.which("chromium") or pytest.fail("chromium is missing: apt install chromium")
    with sync_playwright() as playwright:
        yield partial(playwright.chromium.launch, executable_path=path, args=["--no-sandbox"])


@pytest.fixture(scope="session")
def browser(chromium: Launch) -> Iterator[Browser]:
    """The one that the stories of the citizens share."""
    running = chromium()
    yield running
    running.close()


@pytest.fixture
def hall(tmp_path: Path, chromium: Launch) -> Iterator[Hall]:
    """A town hall of its own for each story of the staff."""
    made = Hall(tmp_path, chromium())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def hall_on_messenger(tmp_path: Path, chromium: Launch) -> Iterator[Hall]:
    """The same, with a Page on Messenger."""
    made = Hall(tmp_path, chromium(), messenger=True)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def csp(request: pytest.FixtureRequest) -> bool:
    """Whether the browser enforces the pages' Content-Security-Policy."""
    return bool(getattr(request, "param", True))


@pytest.fixture
def context(browser: Browser, csp: bool) -> Iterator[BrowserContext]:
    made = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", bypass_csp=not csp)
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose every console error fails the test."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield opened
    allowed = (
        "ERR_INTERNET_DISCONNECTED",
        "ERR_CONNECTION",
        "WebSocket",
        "status of 4",
        "Failed to load resource",
    )
    assert [error for error in errors if not any(part in error for part in allowed)] == []


@pytest.fixture
def shots() -> Path:
    """Where pictures for eyes are kept: var/, or docs/images to renew the documentation's."""
    folder = Path(os.environ.get("BEFFROI_SHOTS", "var/shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
