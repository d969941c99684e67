"""The commands of the person who installs the desk, and what they say when something is wrong."""

import asyncio
import io
import socket
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from desk.cli.__main__ import main, prepare
from desk.ids import hash_token
from desk.settings import ROOT, Settings
from tests.desk.people import CAMILLE, HUGO
from tests.desk.ready import PEOPLE
from tests.desk.running import rows

ADD = ["staff", "add", "lea@sainte-aure.example", "--first-name", "Léa", "--job", "agente d’accueil"]
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def beffroi(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], communes_dir: Path, tmp_path: Path
) -> Command:
    """Run ``beffroi`` with settings of its own; its exit code and what it wrote."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BEFFROI_COMMUNES_DIR", str(communes_dir))
    monkeypatch.setenv("BEFFROI_VAR_DIR", str(tmp_path))

    def run(*arguments: str, typed: str = "", **settings: str) -> tuple[int, str, str]:
        for name, value in settings.items():
            monkeypatch.setenv(f"BEFFROI_{name.upper()}", value)
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = main(list(arguments))
        written = capsys.readouterr()
        return code, written.out, written.err

    return run


def test_preparing_twice_makes_everything_once(beffroi: Command, empty_url: str) -> None:
    """Tables and answers the first time; nothing to do the second."""
    done = beffroi("prepare", database_url=empty_url)
    assert done == (
        0,
        "demo: 85 created, 0 refreshed, 0 kept\nvalbreuil: 1 created, 0 refreshed, 0 kept\n",
        "",
    )
    assert beffroi("prepare")[1].startswith("demo: 0 created, 0 refreshed, 85 kept")


async def test_desks_started_at_once_prepare_one_database(empty_url: str, communes_dir: Path) -> None:
    """Three of them: all succeed, and each answer is there once."""
    settings = Settings(_env_file=None, database_url=empty_url, communes_dir=communes_dir)
    await asyncio.gather(*(prepare(settings, Namespace()) for _ in range(3)))
    assert rows(empty_url, "SELECT count(*) FROM answer WHERE commune = 'demo'") == [(85,)]


def test_an_account_is_created_with_a_password_printed_once(beffroi: Command, database_url: str) -> None:
    """Generated, strong, stored only as an argon2id hash."""
    code, out, _ = beffroi(*ADD, "--generate", database_url=database_url)
    email, password = out.split()
    assert (code, email) == (0, "lea@sainte-aure.example")
    assert len(password) == 23 and len(set(password)) > 5
    (row,) = rows(
        database_url, "SELECT commune, first_name, job, password_hash FROM staff WHERE email LIKE 'lea@%'"
    )
    assert row[:3] == ("demo", "Léa", "agente d’accueil")
    assert row[3].startswith("$argon2id$") and password not in str(row)


def test_an_account_takes_its_password_from_the_input(beffroi: Command, database_url: str) -> None:
    """For scripts; it is not printed back, and it opens the door of the commune named."""
    added = beffroi(*ADD, "--commune", "valbreuil", typed="un long secret\n", database_url=database_url)
    assert added == (0, "", "")
    assert rows(database_url, "SELECT commune FROM staff WHERE email LIKE 'lea@%'") == [("valbreuil",)]


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (ADD, "trop court\n", "Le mot de passe doit avoir au moins 12 caractères."),
        (ADD, "", "Le mot de passe doit avoir au moins 12 caractères."),
        ([*ADD[:2], CAMILLE.upper(), *ADD[3:]], "un long secret\n", f"Un compte existe déjà pour {CAMILLE}."),
        ([*ADD[:2], "lea", *ADD[3:]], "un long secret\n", "Cette adresse e-mail n’est pas complète."),
        ([*ADD, "--commune", "nulle-part"], "un long secret\n", "Cette commune n’est pas servie ici."),
    ],
    ids=["short", "none", "known", "no address", "no commune"],
)
def test_an_account_that_cannot_be_is_refused_in_one_sentence(
    beffroi: Command, database_url: str, arguments: list[str], typed: str, said: str
) -> None:
    """And nothing is stored."""
    assert beffroi(*arguments, typed=typed, database_url=database_url) == (1, "", f"beffroi: {said}\n")
    assert rows(database_url, "SELECT count(*) FROM staff") == [(len(PEOPLE),)]


def test_an_account_has_the_role_and_departments_that_were_named(beffroi: Command, database_url: str) -> None:
    """An agent needs a department that exists; everybody is listed, with a line each."""
    add = [*ADD, "--generate", "--role", "agent"]
    assert beffroi(*add, database_url=database_url)[2].startswith("beffroi: Choisissez au moins un service")
    assert beffroi(*add, "--service", "dragons")[2].startswith("beffroi: Ce service n’existe pas")
    assert beffroi(*add, "--service", "voirie", "--service", "mairie")[0] == 0
    assert "lea@sainte-aure.example\tLéa\tagent\tvoirie,mairie\tactive\n" in beffroi("staff", "list")[1]
    assert beffroi(*ADD[:2], "a@sainte-aure.example", *ADD[3:], "--generate", "--role", "admin")[0] == 0
    done = "SELECT who, subject FROM journal WHERE action = 'people.added' ORDER BY id"
    assert [who for who, _ in rows(database_url, done)] == ["beffroi staff", "beffroi staff"]


def test_a_link_is_printed_for_who_forgot_the_password(beffroi: Command, database_url: str) -> None:
    """It leads to the page that an invitation opens; an unknown address is one sentence."""
    code, out, _ = beffroi("staff", "reset", CAMILLE.upper(), database_url=database_url,
                           public_url="https://desk.example/")  # fmt: skip
    address, _, token = out.strip().partition("?jeton=")
    assert (code, address) == (0, "https://desk.example/staff/invitation")
    kept = rows(database_url, "SELECT email, token_hash FROM invitation")
    assert kept == [(CAMILLE, hash_token(token))]
    unknown = beffroi("staff", "reset", "a@b.example")
    assert unknown == (1, "", "beffroi: Aucun compte pour a@b.example.\n")


def test_the_demo_account_is_made_only_where_nobody_can_log_in(beffroi: Command, empty_url: str) -> None:
    """Its password is shown once."""
    beffroi("prepare", database_url=empty_url)
    code, out, _ = beffroi("staff", "demo")
    assert code == 0 and out.startswith(f"demo account: {CAMILLE}  ")
    assert beffroi("staff", "demo") == (0, "", "")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"port": "http"}, "BEFFROI_PORT: Input should be a valid integer"),
        ({"port": "70000"}, "BEFFROI_PORT: Input should be less than or equal to 65535"),
        ({"assistant_url": "localhost"}, "BEFFROI_ASSISTANT_URL: "),
        ({"session_hours": "0"}, "BEFFROI_SESSION_HOURS: "),
        ({"log_level": "loud"}, "BEFFROI_LOG_LEVEL: "),
        ({"communes_dir": "/nowhere"}, "/nowhere: no commune here"),
        ({"default_commune": "paris"}, "BEFFROI_DEFAULT_COMMUNE: paris"),
        ({"database_url": "mysql://root:hunter2@db/beffroi"}, "mysql is neither sqlite nor postgresql"),
        ({"database_url": "my database"}, "BEFFROI_DATABASE_URL"),
        ({"database_url": "sqlite:////proc/nowhere/beffroi.db"}, "/proc/nowhere cannot be made"),
        ({"database_url": "postgresql://root:hunter2@127.0.0.1:1/beffroi"}, "database"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_setting_is_one_clear_sentence(beffroi: Command, settings: dict[str, str], said: str) -> None:
    """It names what to change, without a stack trace and without the password in it."""
    code, out, err = beffroi("prepare", **{"database_url": "sqlite:///x.db", **settings})
    assert (code, out) == (1, "")
    assert err.startswith("beffroi: ") and said in err and err.count("\n") == 1
    assert "hunter2" not in err


@pytest.mark.parametrize("arguments", [[*ADD, "--generate"], ["staff", "demo"], ["serve"]])
def test_a_database_that_was_not_prepared_is_said(
    beffroi: Command, empty_url: str, arguments: list[str]
) -> None:
    """With the command that prepares it."""
    code, out, err = beffroi(*arguments, database_url=empty_url)
    assert (code, out) == (1, "")
    assert err.startswith("beffroi: ") and "beffroi prepare" in err and err.count("\n") == 1


def test_a_port_that_is_taken_is_said(beffroi: Command, database_url: str) -> None:
    """With the setting that changes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, _, err = beffroi("serve", database_url=database_url, port=port)
    assert code == 1 and f"127.0.0.1:{port}" in err and "BEFFROI_PORT" in err and err.count("\n") == 1


def test_a_broken_commune_is_named(beffroi: Command, tmp_path: Path) -> None:
    """File, field and what is wrong with it."""
    folder = tmp_path / "villes" / "demo"
    folder.mkdir(parents=True)
    good = (ROOT / "communes/demo/commune.yml").read_text("utf-8")
    for wrong, said in (
        (good.replace("Europe/Paris", "Europe/Pars"), "timezone"),
        (good.replace("id: demo", "id: autre"), "differs from the folder"),
        (good.replace("reply_hours: 72", "reply_hours: bientôt"), "reply_hours"),
        (good.replace("lundi:", "lundy:", 1), "lundy"),
        ("{", "commune.yml"),
    ):
        (folder / "commune.yml").write_text(wrong, "utf-8")
        from desk.communes.config import load_communes

        load_communes.cache_clear()
        code, _, err = beffroi("prepare", database_url="sqlite:///x.db", communes_dir=str(folder.parent))
        assert code == 1 and "commune.yml" in err and said in err
    assert HUGO not in err
