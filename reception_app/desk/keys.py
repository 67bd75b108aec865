"""Where the key of a desk's database is kept: the operating system's keyring, or nowhere.

Only backends that encrypt are accepted, by name: a library that is installed by chance can offer
one that writes the key in clear. With none, a passphrase unlocks the desk, and the key itself is
kept nowhere.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

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
PASSPHRASE_CHARACTERS_MIN = 12


class NoKeyring(Exception):
    """This computer offers no keyring that this app accepts."""


class KeyGone(Exception):
    """There is a database but its key is no longer in the keyring."""


class KeyStore(Protocol):
    """Gives the key of the desk in a folder, making one for a new desk."""

    def key(self, folder: Path, *, is_new: bool) -> bytes:
        """32 bytes. Raises NoKeyring or KeyGone."""


@dataclass(frozen=True, slots=True)
class SampleKeys:
    """A key in the folder of a sample desk: its people are invented, it goes with its folder."""

    def key(self, folder: Path, *, is_new: bool) -> bytes:
        """The key of this sample folder."""
        path = folder / "sample.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(KEY_BYTES), "ascii")
        return bytes.fromhex(path.read_text("ascii"))


@dataclass(frozen=True, slots=True)
class KeyringKeys:
    """The key in the operating system's keyring, under the folder's path."""

    def key(self, folder: Path, *, is_new: bool) -> bytes:
        """The key of this folder."""
        keyring = _accepted_keyring()
        try:
            kept = keyring.get_password(SERVICE, str(folder))
            if kept is None and not is_new:
                raise KeyGone(str(folder))
            if kept is None:
                kept = secrets.token_hex(KEY_BYTES)
                keyring.set_password(SERVICE, str(folder), kept)
        except KeyGone:
            raise
        except Exception as error:  # noqa: BLE001 - backends raise classes of their own
            raise NoKeyring(type(error).__name__) from error
        return bytes.fromhex(kept)


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


@dataclass(frozen=True, slots=True)
class PassphraseKeys:
    """The key derived from a passphrase with Argon2id; only the salt is kept in the folder."""

    passphrase: str

    def key(self, folder: Path, *, is_new: bool) -> bytes:
        """The key for this passphrase; a wrong one gives a key that does not open the file."""
        from argon2.low_level import Type, hash_secret_raw

        salt_file = folder / "passphrase.salt"
        if is_new or not salt_file.exists():
            salt_file.write_bytes(secrets.token_bytes(16))
        return hash_secret_raw(
            self.passphrase.encode(),
            salt_file.read_bytes(),
            time_cost=ARGON2_PASSES,
            memory_cost=ARGON2_MEMORY_KIB,
            parallelism=ARGON2_LANES,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
