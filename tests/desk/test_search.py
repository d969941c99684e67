"""The search box: words as people type them, references as people read them."""

import html
import re

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from desk.clock import FixedClock
from desk.conversations.search import hits_query, words_of
from desk.staff.queue.excerpt import excerpt
from desk.staff.queue.search import reference_range
from tests.desk.filled import many, ticket
from tests.desk.people import HUGO, MALIK, PAUL, SOFIA, Agent
from tests.desk.running import Desk

pytestmark = pytest.mark.slow

REFERENCE = re.compile(r"BEF-\w{4}-\w{4}(?=</a>)")
NASTY = (
    '"', '""', "'", "''", "*", "(", ")", "((eau", "NEAR(eau)", "eau AND", "AND", "OR", "NOT eau", "text:eau",
    "eau*", "^eau", "eau:*", "eau & | !", "\\", "eau\\", "{eau}", "-eau", "+", "😀", "😀eau", "\x00",
    "e\x00au", "%", "_", "&amp;", "<script>", ";--", "\ud83d", "a" * 2000, "ab " * 660, "’œ" * 150,
    "l'" * 1000, "²½Ⅷ", "eau/gaz", "\\'eau\\", "'':*", "http://exemple.fr/?a=b", "lea@courriel.example",
    "06-12", "-12", "\u0301", "é\u0301",
)  # fmt: skip


async def found(agent: Agent, typed: str) -> list[str]:
    """The references that a search shows."""
    return REFERENCE.findall(await results(agent, typed))


async def results(agent: Agent, typed: str) -> str:
    reply = await agent.http.get("/staff/", params={"q": typed})
    assert reply.status_code == 200, (typed[:80], reply.status_code)
    return reply.text


@pytest.mark.parametrize(
    "typed",
    [
        "éclairage", "ECLAIRAGE", "eclair", "rue éclairage", "l'éclairage", "L’ÉCLAIRAGE", "Lamp cass",
        "sœur", "SOEUR", "soeurs", "sœ", "so", "Lætitia", "laetitia", "LA", "cassé!", "« cassé »", "cass,é",
        "12", "écl (rue)", "lea@courriel.example", "LEA@courriel", "é", "e\u0301clairage",
        "courriel", "gaz", "eau/gaz", "06-12", "-12", "porte b", "exemple.fr/aide?n=4",
    ],
)  # fmt: skip
async def test_words_are_found_however_they_are_typed(desk: Desk, typed: str) -> None:
    """Accents, capitals, ligatures, elisions, beginnings, punctuation."""
    said = (
        "L’éclairage de la rue 12 est casse : lampadaires éteints. Mes sœurs et Lætitia, "
        "lea@courriel.example, eau/gaz, 06-12, porte_B, https://exemple.fr/aide?n=4"
    )
    wanted = await ticket(desk, "Bonjour", said)
    await ticket(desk, "Bonjour, un bassin trop froid")
    assert await found(await desk.agent(), typed) == [wanted]


async def test_what_is_written_with_or_without_ligature_is_found_both_ways(desk: Desk) -> None:
    """Œ in capitals too."""
    tickets = [await ticket(desk, said) for said in ("les ŒUVRES", "les oeuvres", "les œuvres")]
    agent = await desk.agent()
    for typed in ("œuvre", "oeuvre", "OEUVRES", "Œuv", "o"):
        assert await found(agent, typed) == tickets[::-1], typed


async def test_every_word_is_required_in_one_message(desk: Desk) -> None:
    """A word nobody said finds nothing, and the page says what to do."""
    await ticket(desk, "La poubelle jaune déborde", "Rue des Arts")
    agent = await desk.agent()
    assert len(await found(agent, "poubelle déborde")) == 1
    assert await found(agent, "poubelle verte") == []
    assert "Aucune demande trouvée." in await results(agent, "poubelle verte")


async def test_an_empty_box_shows_the_queue(desk: Desk) -> None:
    """Spaces are nothing."""
    reference = await ticket(desk, "Bonjour")
    for typed in ("", "   "):
        assert await found(await desk.agent(), typed) == [reference]


async def test_nothing_that_is_typed_is_an_error(desk: Desk) -> None:
    """Quotes, operators, emoji, thousands of characters, no character at all; the box keeps it."""
    await ticket(desk, "L’eau est coupée, ab")
    agent = await desk.agent()
    for typed in NASTY:
        request = agent.http.build_request(
            "GET", "/staff/", params={"q": typed.encode("utf-8", "surrogatepass")}
        )
        assert (await agent.http.send(request)).status_code == 200, typed[:40]
    assert 'value="&#34;eau&#34; &lt;b&gt;"' in await results(agent, '"eau" <b>')


async def test_words_that_match_are_marked_and_the_rest_is_text(desk: Desk) -> None:
    """What a citizen typed is never markup."""
    await ticket(desk, "<b>L’Éclairage</b> & l’eau <script>alert(1)</script>")
    page = await results(await desk.agent(), "eclair eau")
    assert "&lt;b&gt;L’<mark>Éclairage</mark>&lt;/b&gt; &amp; l’<mark>eau</mark> &lt;script&gt;" in page
    assert "<script>alert" not in page


async def test_a_reference_is_found_however_it_is_spelled(desk: Desk) -> None:
    """Whole or begun, from four characters on; three find nothing."""
    wanted = await ticket(desk, "Bonjour", reference="BEF-7K3M-Q29T".replace("2", "4"))
    await ticket(desk, "Bonjour", reference="BEF-7K3N-Q49T")
    agent = await desk.agent()
    for typed in ("BEF-7K3M-Q49T", "bef 7k3m q49t", "7k3mq49t", "7K3M", "bef-7k3m-q", " Bef7K3M "):
        assert await found(agent, typed) == [wanted], typed
    for typed in ("7k3", "bef-7k3", "7k3mq49tt", "q49t"):
        assert await found(agent, typed) == [], typed


async def test_a_search_stays_within_the_commune_and_the_reach(desk: Desk) -> None:
    """Another town finds nothing, an agent what their department handles or is asked, officials nothing."""
    roads = await ticket(desk, "Un lampadaire", service="voirie", reference="BEF-7K3M-3333")
    asked = await ticket(desk, "Deux lampadaires", service="etat_civil", asked="|voirie|")
    other = await ticket(desk, "Trois lampadaires", service="etat_civil", reference="BEF-7K3M-4444")
    assert await found(await desk.agent(HUGO), "lampadaire") == []
    assert await found(await desk.agent(HUGO), "7k3m") == []
    assert await found(await desk.agent(), "lampadaire") == [other, asked, roads]
    malik, sofia = await desk.agent(MALIK), await desk.agent(SOFIA)
    assert roads in await found(malik, "lampadaire") and other not in await found(malik, "lampadaire")
    assert await found(malik, "7k3m") == [roads]
    assert await found(sofia, "lampadaire") == [other, asked]
    paul = await desk.agent(PAUL)
    assert (await paul.http.get("/staff/", params={"q": "lampadaire"})).status_code == 403


async def test_the_newest_two_hundred_are_shown(desk: Desk, clock: FixedClock) -> None:
    """Once each, even when one conversation says the word a thousand times."""
    old = await ticket(desk, "piscine")
    await many(desk, 198, "La piscine")
    agent = await desk.agent()
    first = await ticket(desk, *["piscine"] * 1200)
    assert await found(agent, "piscine") == [first, *(await found(agent, "la piscine")), old]
    last = await ticket(desk, "piscine")
    shown = await found(agent, "piscin")
    assert len(shown) == len(set(shown)) == 200 and shown[:2] == [last, first] and old not in shown
    assert "Les 200&nbsp;demandes les plus récentes." in await results(agent, "piscine")


async def test_a_message_said_later_is_found_at_once(desk: Desk) -> None:
    """Through the front door: the index follows by itself."""
    citizen, agent = await desk.open(), await desk.agent()
    reference = await citizen.ticket()
    assert await found(agent, "hérisson") == []
    await citizen.ask("Un hérisson est coincé")
    assert await found(agent, "herisson coince") == [reference]
    shown = html.unescape(await results(agent, "herisson"))
    assert "Un <mark>hérisson</mark> est coincé" in shown


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_postgresql_finds_words_by_its_index(desk: Desk) -> None:
    """The query says the very expression of the index, or every message would be read."""
    await many(desk, 3000, "La piscine est fermée")
    query = hits_query("postgresql", "héron l’eau").compile(
        dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}
    )
    async with desk.context.database.engine.connect() as connection:
        await connection.execute(text("ANALYZE message"))
        lines = (await connection.exec_driver_sql(f"EXPLAIN {query}")).scalars().all()
    assert any("Index Scan on ix_message_search" in line for line in lines), "\n".join(lines)


def test_words_are_plain_and_few() -> None:
    """Each once, without what is no word, at most twenty."""
    assert words_of("L’EAU du cœur, l'eau & Ægir_x 😀") == ["l", "eau", "du", "coeur", "aegir", "x"]
    assert len(words_of(" ".join(f"mot{number}" for number in range(500)))) == 20
    assert words_of("a" * 5000) == ["a" * 60]


@pytest.mark.parametrize(
    ("typed", "bounds"),
    [
        ("bef 7k3m q49t", ("BEF-7K3M-Q49T", "BEF-7K3M-Q49T")),
        ("7k3m", ("BEF-7K3M-3333", "BEF-7K3M-YYYY")),
        ("7k3", None), ("7k3o", None), ("bef", None), ("", None), ("7k3mq49t3", None),
    ],
)  # fmt: skip
def test_a_beginning_of_a_reference_gives_bounds(typed: str, bounds: tuple[str, str] | None) -> None:
    """The lowest and the highest that begin so."""
    assert reference_range(typed) == bounds


def test_an_excerpt_begins_shortly_before_the_first_word_found() -> None:
    """Long texts are cut on both sides, nothing is lost in between."""
    text = "mot " * 100 + "Été indien " + "fin " * 100
    pieces = excerpt(text, ["ete"])
    assert [piece.text for piece in pieces if piece.found] == ["Été"]
    assert pieces[0].text == "… " and pieces[1].text == "mot " * 14 and pieces[-1].text.endswith(" …")
    assert "".join(piece.text for piece in excerpt("Rien ici", ["ete"])) == "Rien ici"
    assert [piece.text for piece in excerpt("Été e\u0301te\u0301", ["ete"]) if piece.found] == [
        "Été", "e\u0301te\u0301",
    ]  # fmt: skip
