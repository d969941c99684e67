"""A town hall at work in this process: the real desk, an assistant by script, a clock that a story moves."""

import asyncio
import re
import threading
from collections.abc import Coroutine
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from desk.assistant.memory import MemoryAssistant, Script, hand_everything_over
from desk.clock import FixedClock
from desk.settings import ROOT, Settings
from tests.desk.conftest import MONDAY
from tests.desk.messenger_town import WEBHOOK, towards
from tests.desk.people import PASSWORD
from tests.desk.ready import fill
from tests.desk.running import Desk, running
from tests.simulators.graph_api import PAGE, Meta

PATIENCE = 60
REFERENCE = re.compile(r"BEF-\w{4}-\w{4}")
LAUNCHER = "Poser une question à la mairie"


class Hall:
    """Serves from a thread of its own, so that a story can be told step by step.

    With ``messenger``, the town has a Page at ``meta``, which stands for Meta.
    """

    def __init__(self, folder: Path, browser: Browser, *, messenger: bool = False) -> None:
        self.clock = FixedClock(MONDAY)
        self.assistant = MemoryAssistant()
        self.desk: Desk
        self.meta: Meta
        self._messenger = messenger
        self._browser = browser
        self._settings = Settings(
            _env_file=None, database_url=f"sqlite:///{folder}/hall.db", var_dir=folder, rest_key="k" * 20,
            communes_dir=ROOT / "communes", messages_per_minute=1000, conversations_per_minute=1000,
        )  # fmt: skip
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._over: asyncio.Event
        self._served: Future[None]

    def start(self) -> None:
        self._thread.start()
        self.run(fill(self._settings.database_url, self._settings.communes_dir, self.clock))
        ready: Future[None] = Future()
        self._served = asyncio.run_coroutine_threadsafe(self._serve(ready), self._loop)
        wait([ready, self._served], PATIENCE, FIRST_COMPLETED)
        if self._served.done():  # it fell before it was ready
            self._served.result()

    async def _serve(self, ready: Future[None]) -> None:
        """From its opening to ``stop``, in one task."""
        self._over = asyncio.Event()
        async with AsyncExitStack() as stack:
            settings = self._settings
            if self._messenger:
                self.meta = await stack.enter_async_context(Meta(self.clock))
                settings = towards(settings, self.meta, [PAGE])
            self.desk = await stack.enter_async_context(running(settings, self.clock, self.assistant))
            if self._messenger:
                self.meta.connect(f"{self.desk.url}{WEBHOOK}")
                stack.push_async_callback(self.meta.disconnect)
            ready.set_result(None)
            await self._over.wait()

    def stop(self) -> None:
        """The browser first: the desk waits for those who follow it.

        The whole of it, which is why each story has its own: Chromium forgets an order to close a page
        that arrives while another document takes its place, and Playwright then waits for ever.
        """
        self._browser.close()
        self._loop.call_soon_threadsafe(self._over.set)
        self._served.result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What ``work`` returns, done in the desk's own thread."""
        done: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(PATIENCE)

    def script(self, script: Script) -> None:
        """How the assistant replies from now on."""
        self.assistant.script = script

    def round(self) -> None:
        """What the desk looks after every half minute, now."""
        self.run(self.desk.app.ctx.rounds.once())

    @property
    def url(self) -> str:
        return self.desk.url

    def page(self, width: int = 1280, *, csp: bool = True) -> Page:
        """A browser of its own, with nobody logged in; without ``csp`` axe may add styles of its own."""
        context = self._browser.new_context(
            locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": width, "height": 800},
            bypass_csp=not csp,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        return context.new_page()

    def staff(self, email: str, width: int = 1280, *, csp: bool = True) -> Page:
        """The browser of a member of staff who has logged in."""
        page = self.page(width, csp=csp)
        page.goto(f"{self.url}/staff/login")
        page.get_by_label("Adresse e-mail").fill(email)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
        return page

    def citizen(self, width: int = 400) -> "Chat":
        """Somebody who has opened the chat on the town's website."""
        page = self.page(width)
        page.goto(self.url)
        page.get_by_role("button", name=LAUNCHER).click()
        return Chat(page)

    def request(self, question: str) -> tuple["Chat", str]:
        """A citizen whose question nobody could answer, and the number they were given."""
        self.script(hand_everything_over)
        chat = self.citizen()
        chat.say(question)
        return chat, chat.reference()


class Chat:
    """The widget, in a citizen's hands."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log", name="Messages")
        expect(self.log).to_contain_text("assistant automatique")

    def say(self, text: str) -> None:
        self.page.get_by_label("Votre message").fill(text)
        self.page.get_by_label("Votre message").press("Enter")

    def press(self, name: str) -> None:
        """The latest button of that name."""
        self.log.get_by_role("button", name=name).last.click()

    def reads(self, text: str) -> None:
        expect(self.log).to_contain_text(text)

    def reference(self) -> str:
        """The number of the request, once it was told."""
        expect(self.log).to_contain_text(REFERENCE)
        return REFERENCE.findall(self.log.inner_text())[-1]
