"""Secrets kept in files: where they are read, what wins, and what is said when they cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desk.cli.__main__ import main
from desk.settings import Settings, SettingsError, load_settings

TOKENS = "100000000000001=EAAone\n100000000000002=EAAtwo\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of secrets, which the environment names."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.setenv("BEFFROI_SECRETS_DIR", str(folder))
    return folder


def test_every_secret_may_be_in_a_file(folder: Path) -> None:
    """Named as its variable, in small letters; the line's end is not of it."""
    secrets = [name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)]
    assert "messenger_app_secret" in secrets and len(secrets) >= 6
    for name in secrets:
        (folder / f"beffroi_{name}").write_text(f"value of {name}\n", "utf-8")
    settings = load_settings()
    assert {getattr(settings, name).get_secret_value() for name in secrets} == {
        f"value of {name}" for name in secrets
    }
    assert "value of" not in repr(settings)


def test_tokens_may_stand_one_a_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, communes_dir: Path
) -> None:
    """Both Pages have theirs."""
    from desk.channels.messenger.config import Pages
    from desk.communes.registry import Communes

    (folder / "beffroi_messenger_tokens").write_text(TOKENS, "utf-8")
    pages = Pages(load_settings(), Communes(communes_dir))
    assert [page.token for page in pages.all()] == ["EAAone", "EAAtwo"]
    assert "EAA" not in repr(pages.all())


def test_the_environment_wins_over_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one value can be tried without touching the folder."""
    (folder / "beffroi_rest_key").write_text("of the file", "utf-8")
    monkeypatch.setenv("BEFFROI_REST_KEY", "of the environment")
    assert load_settings().rest_key.get_secret_value() == "of the environment"


def test_the_folder_may_be_named_in_the_env_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Like any other setting."""
    monkeypatch.delenv("BEFFROI_SECRETS_DIR")
    Path(".env").write_text(f"BEFFROI_SECRETS_DIR={folder}\n", "utf-8")
    (folder / "beffroi_smtp_password").write_text("motdepasse", "utf-8")
    assert load_settings().smtp_password.get_secret_value() == "motdepasse"


def _gone(folder: Path) -> None:
    folder.rmdir()


def _bytes(folder: Path) -> None:
    (folder / "beffroi_rest_key").write_bytes(b"EAA\xff")


def _elsewhere(folder: Path) -> None:
    (folder.parent / "kept").write_text("EAA", "utf-8")
    (folder / "beffroi_rest_key").symlink_to(folder.parent / "kept")


def _a_folder(folder: Path) -> None:
    (folder / "beffroi_rest_key").mkdir()


def _wrong(folder: Path) -> None:
    (folder / "beffroi_port").write_text("EAA", "utf-8")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_gone, "BEFFROI_SECRETS_DIR: "),
        (_bytes, "BEFFROI_SECRETS_DIR: a file of "),
        (_elsewhere, "resolves outside of"),
        (_a_folder, "beffroi_rest_key"),
        (_wrong, "BEFFROI_PORT: "),
    ],
)
def test_a_secret_that_cannot_be_read_stops_the_start(
    folder: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], None], said: str
) -> None:
    """In one sentence, which does not quote it: going on without it would close Messenger silently."""
    spoil(folder)
    with pytest.raises(SettingsError):
        load_settings()
    assert main(["prepare"]) == 1
    written = capsys.readouterr()
    assert written.err.startswith("beffroi: BEFFROI_") and written.err.count("\n") == 1
    assert said in written.err and "EAA" not in written.err + written.out


@pytest.mark.parametrize(
    ("tokens", "said"),
    [("777=EAAone", "page 777 is in no commune.yml"), ("EAAone", "expected page=token")],
)
def test_serve_refuses_tokens_that_make_no_sense(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], communes_dir: Path,
    database_url: str, tokens: str, said: str,
) -> None:  # fmt: skip
    """Before it listens, in one sentence without the token."""
    (folder / "beffroi_messenger_tokens").write_text(tokens, "utf-8")
    monkeypatch.setenv("BEFFROI_COMMUNES_DIR", str(communes_dir))
    monkeypatch.setenv("BEFFROI_DATABASE_URL", database_url)
    assert main(["serve"]) == 1
    written = capsys.readouterr()
    assert written.err.startswith("beffroi: BEFFROI_MESSENGER_TOKENS: ") and said in written.err
    assert written.err.count("\n") == 1 and "EAA" not in written.err + written.out
