"""Accessible: axe finds nothing serious, nothing scrolls sideways, the widget stays light."""

import gzip
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.test_story import LAUNCHER, log_in, open_chat, say
from tests.e2e.town import ROOT, Town

pytestmark = pytest.mark.parametrize("csp", [False], indirect=True)  # axe adds styles of its own
WIDTHS = (320, 1280)
WIDGET_LIMIT = 20 * 1024


def violations(page: Page) -> list[str]:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_demo_page_and_the_chat(page: Page, town: Town, width: int, shots: Path):
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(town.url)
    expect(page.get_by_role("button", name=LAUNCHER)).to_be_visible()
    assert violations(page) == []
    open_chat(page, town)
    say(page, "je veux parler à un agent")
    expect(page.get_by_role("log", name="Messages")).to_contain_text("BEF-")
    page.screenshot(path=shots / f"chat-{width}.png")
    assert violations(page) == []
    assert sideways(page) == 0


@pytest.mark.parametrize("width", WIDTHS)
def test_the_staff_pages(page: Page, town: Town, width: int, shots: Path):
    talk = town.open()
    talk.say("je veux parler à un agent", "c1")
    town.until(lambda: talk.answered("je veux parler à un agent"))
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(f"{town.url}/staff/login")
    assert violations(page) == []
    page.screenshot(path=shots / f"login-{width}.png")
    log_in(page, town)
    assert violations(page) == []
    assert sideways(page) == 0
    page.screenshot(path=shots / f"queue-{width}.png")
    page.get_by_role("link", name="BEF-").first.click()
    expect(page.get_by_role("heading", name="Demande BEF-")).to_be_visible()
    assert violations(page) == []
    assert sideways(page) == 0
    page.screenshot(path=shots / f"staff-ticket-{width}.png", full_page=True)
    page.goto(f"{town.url}/staff/resolved")
    assert violations(page) == []


def test_the_widget_is_light(csp: bool):
    files = sorted((ROOT / "widget/src").glob("*"))
    size = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert size < WIDGET_LIMIT
