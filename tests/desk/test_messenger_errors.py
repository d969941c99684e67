"""Each refusal of Meta's table: what becomes of the message, of the person, of the Page."""

import pytest
from sqlalchemy import select

from desk.app import _rounds
from desk.channels.messenger.errors import verdict
from desk.channels.messenger.graph import GraphError
from desk.channels.outbox import MAX_ATTEMPTS
from desk.mail.models import Mail
from desk.staff.labels import codes
from tests.desk.messenger_post import (
    ANSWER,
    answers,
    go_on,
    known,
    last_message,
    orders,
    page_of,
    sendings,
    sends,
    ticket_of,
    until_given_up,
    until_order,
    until_put_off,
    until_sent,
)
from tests.desk.messenger_town import conversation_of, thread_of
from tests.desk.people import CAMILLE, INES, NADIA
from tests.desk.running import Desk
from tests.simulators.graph_api import PAGE, VALBREUIL, Meta, Person

pytestmark = pytest.mark.slow

PASSING = [(1, 0, 500), (2, 0, 500), (1200, 0, 400), (4321, 0, 400), (4321, 0, 503)]
FOR_GOOD = [
    (2, 2018344, "label_terms", None),
    (10, 2018278, "window_closed", None),
    (10, 2534022, "window_closed", None),
    (10, 2018065, "window_closed", None),
    (10, 2018108, "cannot_receive", None),
    (10, 0, "not_permitted", "10"),
    (100, 0, "bad_parameter", None),
    (100, 2018001, "no_such_person", None),
    (200, 0, "not_permitted", "200"),
    (200, 2018028, "not_permitted", "2018028"),
    (230, 0, "not_permitted", "230"),
]
NOBODY = [(551, 0), (551, 1545041), (200, 1545041)]
RATE = [(4, 0, None), (613, 0, None), (80006, 0, None), (613, 2018338, "2018338")]
STOPS = [(190, 0, "190"), (10, 1893063, "1893063")]
ELSEWHERE = [(2018300, 0), (10, 2018300)]


@pytest.fixture
async def lea(messenger: Desk, meta: Meta) -> Person:
    """Somebody who was answered once; from now on the assistant repeats what it hears."""
    answers(messenger.assistant)
    return await known(messenger, meta)


@pytest.mark.parametrize(("code", "subcode", "status"), PASSING)
async def test_a_passing_trouble_is_tried_again_and_arrives_once(
    messenger: Desk, meta: Meta, lea: Person, code: int, subcode: int, status: int
) -> None:
    """Two seconds later; what comes behind waits for it."""
    meta.fail(code, subcode, status=status)
    await lea.says("Un")
    expected = "meta_fails" if code in {1, 2, 1200} or status >= 500 else "refused"
    await until_order(messenger, lea, "queued", expected)
    assert lea.inbox == [] and await sendings(messenger, (await last_message(messenger, lea)).id) == {}
    await lea.says("Deux")
    await go_on(messenger, seconds=2)
    await until_sent(messenger, lea, 4)
    assert [got.text for got in lea.inbox] == [ANSWER + "Un", ANSWER + "Deux"]
    assert meta.refused == [], "nothing that we sent was against Meta's own rules"


async def test_an_error_page_leaves_it_open_whether_the_message_left(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """What stands between Meta and us says nothing sure: the echo is waited for, then it is sent again."""
    meta.http(503)
    await lea.says("Un")
    await until_order(messenger, lea, "queued", "meta_fails")
    assert await sendings(messenger, (await last_message(messenger, lea)).id) == {0: "tried"}
    await go_on(messenger, seconds=2)
    await until_order(messenger, lea, "queued", "awaiting_echo")
    await go_on(messenger, seconds=28)
    await until_sent(messenger, lea, 3)
    assert [got.text for got in lea.inbox] == [ANSWER + "Un"]


async def test_a_trouble_that_does_not_pass_is_given_up_and_shown(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """After half a day at the most; the next message leaves."""
    meta.fail(2, times=MAX_ATTEMPTS, status=500)
    await lea.says("Un")
    await until_given_up(messenger, lea, "meta_fails")
    await lea.says("Deux")
    await until_order(messenger, lea, "sent")
    assert [got.text for got in lea.inbox] == [ANSWER + "Deux"] and sends(meta) == MAX_ATTEMPTS + 1


@pytest.mark.parametrize(("code", "subcode", "why", "warning"), FOR_GOOD)
async def test_what_meta_refuses_for_good_is_never_tried_again(
    messenger: Desk, meta: Meta, lea: Person, code: int, subcode: int, why: str, warning: str | None
) -> None:
    """Staff read why; a missing permission is told of the Page; the next message leaves all the same."""
    meta.fail(code, subcode)
    await lea.says("Un")
    await until_order(messenger, lea, "failed", why)
    await go_on(messenger, hours=1)
    await lea.says("Deux")
    await until_order(messenger, lea, "sent")
    assert [got.text for got in lea.inbox if got.text.startswith(ANSWER)] == [ANSWER + "Deux"]
    assert (await orders(messenger, lea))[2].state == "failed" and sends(meta) == 2
    page = await page_of(messenger)
    assert (page.warned if page else None) == warning and (page is None or page.stopped is None)


@pytest.mark.parametrize(("code", "subcode"), NOBODY)
async def test_a_person_who_is_unavailable_is_left_alone_until_they_write(
    messenger: Desk, meta: Meta, lea: Person, code: int, subcode: int
) -> None:
    """Nothing more is even tried; once they write, everything is as before."""
    reference = await ticket_of(messenger, lea)
    meta.fail(code, subcode)
    camille = await messenger.agent()
    await camille.reply(reference, "Bonjour")
    await until_order(messenger, lea, "failed", "person_unavailable")
    thread = await thread_of(messenger, lea)
    assert thread is not None and thread.unreachable == "person_unavailable"
    before = sends(meta)
    await camille.do(reference, "resolve")
    await messenger.until_count("SELECT count(*) FROM delivery WHERE error = 'person_unavailable'", 2)
    assert sends(meta) == before and lea.inbox == []
    answers(messenger.assistant)
    await lea.says("Me revoilà")
    await until_order(messenger, lea, "sent")
    assert lea.inbox[-1].text.endswith(ANSWER + "Me revoilà")


@pytest.mark.parametrize(("code", "subcode", "warning"), RATE)
async def test_a_page_that_sends_too_much_pauses_alone(
    messenger: Desk, meta: Meta, lea: Person, code: int, subcode: int, warning: str | None
) -> None:
    """Nobody is called in the meantime, another Page goes on, and nothing is lost or doubled."""
    paul, hugo = await known(messenger, meta, "7002"), await known(messenger, meta, "8001", VALBREUIL)
    meta.fail(code, subcode, psid=lea.psid)
    await lea.says("Un")
    await until_order(messenger, lea, "queued", "page_paused")
    page = await page_of(messenger)
    assert page is not None and (page.strikes, page.stopped, page.warned) == (1, None, warning)
    before = sends(meta)
    await paul.says("Deux")
    await until_order(messenger, paul, "queued", "page_paused")
    assert sends(meta) == before
    await hugo.says("Trois")
    await until_sent(messenger, hugo, 3)
    await go_on(messenger, seconds=30)
    await until_sent(messenger, lea, 3)
    await until_sent(messenger, paul, 3)
    assert [[got.text for got in one.inbox] for one in (lea, paul, hugo)] == [
        [ANSWER + "Un"], [ANSWER + "Deux"], [ANSWER + "Trois"]
    ]  # fmt: skip
    page = await page_of(messenger)
    assert page is not None and (page.strikes, page.paused_until, page.warned) == (0, None, warning)


async def test_the_pauses_grow_and_what_is_refused_together_counts_once(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """Half a minute, one, two; six refusals at the same moment are one."""
    people = [await known(messenger, meta, str(7100 + number)) for number in range(6)]
    meta.fail(613, times=1000)
    for person in people:
        await person.says("Un")
        await until_order(messenger, person, "queued", "page_paused")
    for strikes, seconds in ((1, 30), (2, 60), (3, 120)):
        await until_put_off(messenger, *people)  # none is still on its way when the clock moves
        page = await page_of(messenger)
        assert page is not None and page.strikes == strikes
        assert (page.paused_until - messenger.clock.now()).total_seconds() == seconds
        if strikes == 3:
            meta.works_again()
        await go_on(messenger, seconds=seconds)
    for person in people:
        await until_sent(messenger, person, 3)
        assert [got.text for got in person.inbox] == [ANSWER + "Un"]


@pytest.mark.parametrize(("code", "subcode", "stopped"), STOPS)
async def test_a_page_that_needs_a_human_stops_and_is_tried_with_one_message(
    messenger: Desk, meta: Meta, lea: Person, code: int, subcode: int, stopped: str
) -> None:
    """Every quarter of an hour; once a message leaves, all that waited follows. The other town goes on."""
    paul, hugo = await known(messenger, meta, "7002"), await known(messenger, meta, "8001", VALBREUIL)
    meta.calls.clear()
    meta.fail(code, subcode, times=2, psid=lea.psid)
    meta.fail(code, subcode, times=2, psid=paul.psid)
    await lea.says("Un")
    await until_order(messenger, lea, "queued", "page_paused")
    since = messenger.clock.now()
    await paul.says("Deux")
    await until_order(messenger, paul, "queued", "page_paused")
    assert sends(meta) == 1
    await go_on(messenger, minutes=15)
    await until_put_off(messenger, lea, paul)
    await hugo.says("Trois")
    await until_sent(messenger, hugo, 3)
    assert sends(meta) == 3, "one probe, and the other town's message"
    page = await page_of(messenger)
    assert page is not None and (page.stopped, page.stopped_at) == (stopped, since)
    meta.works_again()
    await go_on(messenger, minutes=15)
    await until_sent(messenger, lea, 3)
    await until_sent(messenger, paul, 3)
    assert ([got.text for got in lea.inbox], [got.text for got in paul.inbox]) == (
        [ANSWER + "Un"], [ANSWER + "Deux"]
    )  # fmt: skip
    page = await page_of(messenger)
    assert page is not None and (page.stopped, page.paused_until) == (None, None)


async def test_a_page_that_stops_is_told_to_managers_and_admins_once(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """By e-mail, without a word of the citizen's; a second stop is told again."""
    rounds = _rounds(messenger.context)
    await rounds.once()
    for day in range(2):
        meta.fail(190, psid=lea.psid)
        await lea.says("Glycine")
        await until_order(messenger, lea, "queued", "page_paused")
        for _ in range(2):
            await rounds.once()
        async with messenger.context.database.read() as session:
            mails = list(await session.scalars(select(Mail).where(Mail.once.like("page:%"))))
        assert sorted(mail.address for mail in mails) == sorted([CAMILLE, NADIA, INES] * (day + 1))
        assert "Meta refuse le jeton de la Page Ville de Sainte-Aure." in mails[-1].body
        assert "Glycine" not in mails[-1].body and "TOKEN" not in mails[-1].body
        await go_on(messenger, minutes=15)
        await until_order(messenger, lea, "sent")


@pytest.mark.parametrize(("code", "subcode"), ELSEWHERE)
async def test_the_assistant_keeps_silent_in_a_thread_that_another_application_holds(
    messenger: Desk, meta: Meta, lea: Person, code: int, subcode: int
) -> None:
    """Its message is not sent, then or later; the conversation is with humans."""
    meta.fail(code, subcode)
    await lea.says("Un")
    await until_order(messenger, lea, "failed", "other_app")
    conversation, thread = await conversation_of(messenger, lea), await thread_of(messenger, lea)
    assert conversation is not None and (conversation.owner, conversation.owner_staff_id) == ("staff", None)
    assert thread is not None and thread.held_by is not None and lea.inbox == []


@pytest.mark.parametrize("known_before", [True, False])
async def test_staff_take_a_thread_from_another_application_to_answer(
    messenger: Desk, meta: Meta, lea: Person, known_before: bool
) -> None:
    """Whether the desk knew that it was held, or learns it from Meta's refusal."""
    reference = await ticket_of(messenger, lea)
    if known_before:
        await meta.page(PAGE).take_control(lea)
    else:
        lea.give_to("555000111")
    await (await messenger.agent()).reply(reference, "Bonjour")
    await until_order(messenger, lea, "sent")
    assert [got.text.endswith("Bonjour") for got in lea.inbox[-1:]] == [True]
    thread = await thread_of(messenger, lea)
    assert thread is not None and thread.held_by is None
    assert sum("take_thread_control" in call.path for call in meta.calls) == 1


async def test_a_thread_that_cannot_be_taken_is_told_to_staff(
    messenger: Desk, meta: Meta, lea: Person
) -> None:
    """Without a default application Meta refuses: they must answer in the Page's inbox."""
    reference = await ticket_of(messenger, lea)
    await meta.page(PAGE).take_control(lea)
    meta.fail(10, on="take_thread_control")
    before = len(lea.inbox)
    await (await messenger.agent()).reply(reference, "Bonjour")
    await until_order(messenger, lea, "failed", "other_app")
    assert len(lea.inbox) == before


@pytest.mark.parametrize(("code", "subcode"), [(2018321, 0), (10, 2018321)])
async def test_metas_own_answers_are_waited_for(
    messenger: Desk, meta: Meta, lea: Person, code: int, subcode: int
) -> None:
    """A minute, without counting an attempt."""
    meta.fail(code, subcode)
    await lea.says("Un")
    await until_order(messenger, lea, "queued", "meta_answers")
    await go_on(messenger, seconds=60)
    await until_sent(messenger, lea, 3)
    assert [got.text for got in lea.inbox] == [ANSWER + "Un"]
    assert (await orders(messenger, lea))[-1].attempts == 0


def test_every_code_that_staff_may_read_is_worded() -> None:
    """Failed for good or waiting: a sentence of labels.yml, not the one for the unknown."""
    rows = [
        (code, subcode) for code, subcode, *_ in (*PASSING, *FOR_GOOD, *NOBODY, *RATE, *STOPS, *ELSEWHERE)
    ]
    for code, subcode in [*rows, (0, 0), (2018321, 0)]:
        ruling = verdict(GraphError(400, code, subcode))
        waits = ruling.action in {"wait", "slow", "stop"}
        assert ruling.code in codes("delivery_waiting" if waits else "delivery"), (code, subcode)
