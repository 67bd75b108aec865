"""Where the key of a desk may be kept, and what is said when it cannot be had."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from reception_app.desk import keys
from reception_app.desk.keys import (
    KEY_BYTES,
    KeyGone,
    KeyringKeys,
    KeyUnreachable,
    NoKeyring,
    PassphraseKeys,
    SampleKeys,
)
from sync.errors import DatabaseUnreadable
from sync.storage.sqlite import open_file

BACKEND = """
from pathlib import Path
import keyring.backend

KEPT = Path(__file__).with_name("kept")

class Keyring(keyring.backend.KeyringBackend):
    priority = 1
    persist = "enterprise"

    def get_password(self, service, name):
        return KEPT.read_text() if KEPT.exists() else None

    def set_password(self, service, name, value):
        KEPT.write_text(value)
        KEPT.with_name("persist").write_text(self.persist)
"""
ASK = """
import sys, time
from pathlib import Path
from reception_app.desk import keys
keys.ACCEPTED |= set(sys.argv[3:])
try:
    print(keys.KeyringKeys().key(Path(sys.argv[1]), is_new=sys.argv[2] == "new").hex())
except Exception as error:
    print(type(error).__name__, error)
"""


def ask(folder: Path, backend: str, *, is_new: bool, accepted: tuple[str, ...] = ()) -> str:
    """What a desk in a process of its own gets from a keyring backend."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ASK), str(folder), "new" if is_new else "old"]
        + list(accepted),
        env=os.environ
        | {
            "PYTHON_KEYRING_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join([str(folder), str(Path(keys.__file__).parents[2])]),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "council_backend.py").write_text(BACKEND)
    return tmp_path


@pytest.mark.parametrize(
    "backend",
    ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "council_backend.Keyring"],
)
def test_a_backend_that_is_not_named_as_safe_is_never_given_the_key(
    folder: Path, backend: str
) -> None:
    assert ask(folder, backend, is_new=True) == f"NoKeyring {backend}"
    assert not (folder / "kept").exists()


@pytest.mark.parametrize(
    "backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"]
)
def test_a_desk_with_data_and_no_keyring_is_told_apart_from_one_whose_key_is_gone(
    folder: Path, backend: str
) -> None:
    assert ask(folder, backend, is_new=False).startswith("KeyUnreachable")


def test_a_new_desk_gets_a_key_that_is_kept_and_given_again(folder: Path) -> None:
    accepted = ("council_backend.Keyring",)
    made = ask(folder, "council_backend.Keyring", is_new=True, accepted=accepted)
    assert len(bytes.fromhex(made)) == KEY_BYTES
    again = ask(folder, "council_backend.Keyring", is_new=False, accepted=accepted)
    assert again == made
    assert (folder / "persist").read_text() == "local machine"


def test_a_key_that_is_no_longer_kept_is_said_to_be_gone(folder: Path) -> None:
    accepted = ("council_backend.Keyring",)
    assert ask(folder, "council_backend.Keyring", is_new=False, accepted=accepted).startswith(
        "KeyGone"
    )
    assert not (folder / "kept").exists()
    (folder / "kept").write_text("not a key")
    assert ask(folder, "council_backend.Keyring", is_new=False, accepted=accepted).startswith(
        "KeyGone"
    )


def test_a_keyring_that_forgets_is_not_trusted_with_a_new_desk(folder: Path) -> None:
    backend = BACKEND.replace("return KEPT.read_text() if KEPT.exists() else None", "return None")
    (folder / "council_backend.py").write_text(backend)
    accepted = ("council_backend.Keyring",)
    assert ask(folder, "council_backend.Keyring", is_new=True, accepted=accepted).startswith(
        "NoKeyring"
    )


class Locked:
    """A keyring that waits for somebody to unlock it."""

    def get_password(self, service: str, name: str) -> str | None:
        threading.Event().wait(5)
        return None


@pytest.mark.parametrize(("is_new", "error"), [(True, NoKeyring), (False, KeyUnreachable)])
def test_a_locked_keyring_is_waited_for_no_longer_than_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool, error: type[Exception]
) -> None:
    import keyring

    monkeypatch.setattr(keyring, "get_keyring", Locked)
    monkeypatch.setattr(keys, "ACCEPTED", {f"{__name__}.Locked"})
    monkeypatch.setattr(keys, "KEYRING_TIMEOUT_S", 0.2)
    began = time.monotonic()
    with pytest.raises(error, match="no answer within"):
        KeyringKeys().key(tmp_path, is_new=is_new)
    assert time.monotonic() - began < 2


def test_a_passphrase_opens_its_desk_and_another_one_does_not(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    key = PassphraseKeys("correct horse battery").key(tmp_path, is_new=True)
    open_file(path, key=key).close()
    assert PassphraseKeys("correct horse battery").key(tmp_path, is_new=False) == key
    wrong = PassphraseKeys("correct horse batterY").key(tmp_path, is_new=False)
    with pytest.raises(DatabaseUnreadable, match="not its key"):
        open_file(path, key=wrong)
    open_file(path, key=key).close()


def test_two_desks_with_one_passphrase_have_two_keys(tmp_path: Path) -> None:
    made = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        made.add(PassphraseKeys("correct horse battery").key(tmp_path / name, is_new=True))
    assert len(made) == 2


def test_a_desk_with_data_never_gets_a_new_salt_by_mistake(tmp_path: Path) -> None:
    with pytest.raises(KeyGone):
        PassphraseKeys("correct horse battery").key(tmp_path, is_new=False)
    assert list(tmp_path.iterdir()) == []


def test_the_key_of_a_sample_desk_is_for_this_account_alone(tmp_path: Path) -> None:
    key = SampleKeys().key(tmp_path, is_new=True)
    assert SampleKeys().key(tmp_path, is_new=False) == key
    if sys.platform != "win32":
        assert (tmp_path / "sample.key").stat().st_mode & 0o077 == 0
