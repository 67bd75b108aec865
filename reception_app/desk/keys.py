"""Where the key of a desk's database is kept: the operating system's keyring, or nowhere.

Only backends that encrypt are accepted, by name: a library that is installed by chance can offer
one that writes the key in clear. With none, a passphrase unlocks the desk, and the key itself is
kept nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import NoReturn, Protocol, TypeVar

from msgspec import Struct

KEY_BYTES = 32
SERVICE = "council-reception"
ACCEPTED = frozenset(
    {
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.libsecret.Keyring",
    }
)
ARGON2_MEMORY_KIB = 64 * 1024
ARGON2_PASSES = 3
ARGON2_LANES = 4
SALT_BYTES = 16
CHECK_FILE = "passphrase.check"
KEYRING_TIMEOUT_S = 10.0
"""A locked keyring may wait for a person who does not come."""
PASSPHRASE_CHARACTERS_MIN = 12


T = TypeVar("T")


class NoKeyring(Exception):
    """This computer offers no keyring that this app accepts."""


class KeyGone(Exception):
    """There is a database but its key is no longer kept anywhere."""


class KeyUnreachable(Exception):
    """There is a database, and the keyring that should have its key does not answer now.

    Nothing is lost: the key is there once the keyring is unlocked.
    """


class KeyStore(Protocol):
    """Gives the key of the desk in a folder, making one for a new desk."""

    def key(self, folder: Path, *, is_new: bool) -> bytes:
        """32 bytes. Raises NoKeyring for a new desk, else KeyGone or KeyUnreachable."""


class SampleKeys(Struct, frozen=True):
    """A key in the folder of a sample desk: its people are invented, it goes with its folder."""

    def key(self, folder: Path, *, is_new: bool) -> bytes:
        """The key of this sample folder."""
        path = folder / "sample.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(KEY_BYTES), "ascii")
        return bytes.fromhex(path.read_text("ascii"))


class KeyringKeys(Struct, frozen=True):
    """The key in the operating system's keyring, under the folder's path."""

    def key(self, folder: Path, *, is_new: bool) -> bytes:
        """The key of this folder. Waits for a keyring at most KEYRING_TIMEOUT_S."""
        try:
            kept = _within(KEYRING_TIMEOUT_S, lambda: _kept(folder, is_new=is_new))
        except NoKeyring as error:
            if is_new:
                raise
            raise KeyUnreachable(str(error)) from error
        if kept is None:
            raise KeyGone(str(folder))
        return _read(kept)


def _kept(folder: Path, *, is_new: bool) -> str | None:
    keyring = _accepted_keyring()
    try:
        kept: str | None = keyring.get_password(SERVICE, str(folder))
        if kept is None and is_new:
            kept = secrets.token_hex(KEY_BYTES)
            keyring.set_password(SERVICE, str(folder), kept)
            if keyring.get_password(SERVICE, str(folder)) != kept:
                raise NoKeyring("the keyring does not keep what it is given")
    except NoKeyring:
        raise
    except Exception as error:  # noqa: BLE001 - backends raise classes of their own
        raise NoKeyring(type(error).__name__) from error
    return kept


def _read(kept: str) -> bytes:
    try:
        key = bytes.fromhex(kept)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyGone("what the keyring has is not a key")
    return key


def _within(timeout_s: float, act: Callable[[], T]) -> T:
    """Run an act that may never end, such as one that waits for a keyring to be unlocked."""
    came: Queue[Callable[[], T]] = Queue()

    def run() -> None:
        try:
            result = act()
        except Exception as error:  # noqa: BLE001 - carried to the thread that asked
            came.put(partial(_raise, error))
        else:
            came.put(lambda: result)

    Thread(target=run, name="keyring", daemon=True).start()
    try:
        return came.get(timeout=timeout_s)()
    except Empty:
        raise NoKeyring(f"no answer within {timeout_s:.0f} seconds") from None


def _raise(error: Exception) -> NoReturn:
    raise error


def _accepted_keyring():  # noqa: ANN202 - the type belongs to a library loaded late
    import keyring

    try:
        backend = keyring.get_keyring()
    except Exception as error:  # noqa: BLE001 - see above
        raise NoKeyring(type(error).__name__) from error
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if name not in ACCEPTED:
        raise NoKeyring(name)
    if hasattr(backend, "persist"):
        # The Windows default roams with the profile; the key belongs to this machine.
        backend.persist = "local machine"
    return backend


class PassphraseKeys(Struct, frozen=True):
    """The key derived from a passphrase with Argon2id; only the salt is kept in the folder."""

    passphrase: str

    def key(self, folder: Path, *, is_new: bool) -> bytes:
        """The key for this passphrase; a wrong one gives a key that does not open the file.

        Raises KeyGone when the salt beside the file is gone.
        """
        from argon2.low_level import Type, hash_secret_raw

        salt_file = folder / "passphrase.salt"
        if is_new:
            salt_file.write_bytes(secrets.token_bytes(SALT_BYTES))
        salt = salt_file.read_bytes() if salt_file.exists() else b""
        if len(salt) != SALT_BYTES:
            raise KeyGone("the salt of the passphrase is gone")
        key: bytes = hash_secret_raw(
            self.passphrase.encode(),
            salt,
            time_cost=ARGON2_PASSES,
            memory_cost=ARGON2_MEMORY_KIB,
            parallelism=ARGON2_LANES,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
        if is_new:
            (folder / CHECK_FILE).write_bytes(_check_of(key))
        return key

    def is_right(self, folder: Path) -> bool:
        """Whether this is the passphrase the desk was set up with, whatever became of its data."""
        check_file = folder / CHECK_FILE
        if not check_file.exists():
            return False
        return check_file.read_bytes() == _check_of(self.key(folder, is_new=False))


def _check_of(key: bytes) -> bytes:
    """Tells a wrong passphrase from a damaged file; says no more of the key than the file does."""
    return sha256(b"council-reception passphrase" + key).digest()
