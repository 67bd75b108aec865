"""How a device proves that it is the one it says, to an upstream that keeps nothing of it.

From one secret a device makes a proof for each audience, and it is called by the digest of them
all. Whoever is shown one proof and the digests of the others can check the name by arithmetic. What
a relay was shown is of no use at the centre, nor is what was overheard on the way to it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from sync.ids import RandomBits

SECRET_BITS = 256
NAME_CHARACTERS = 32
"""128 bits: nobody finds another secret of the same name."""
SHOWN = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{64})", re.ASCII)


class Audience(StrEnum):
    """To whom a device proves itself."""

    CENTRE = "centre"
    RELAY = "relay"


class Identity(Struct, frozen=True):
    """A device and what it proves itself by; an empty secret proves nothing."""

    device: str
    secret: str = ""


NewDevice = Callable[[], Identity]


def new_identity(random_bits: RandomBits) -> Identity:
    """A device that there was not before."""
    return identity_of(f"{random_bits(SECRET_BITS):0{SECRET_BITS // 4}x}")


def identity_of(secret: str) -> Identity:
    """The device of this secret."""
    return Identity(_called({each: _digest(_proof(secret, each)) for each in Audience}), secret)


def shown_to(audience: Audience, secret: str) -> str:
    """What a device shows to an audience: its proof, and the digest of what it shows to others."""
    [other] = [each for each in Audience if each is not audience]
    return f"{_proof(secret, audience)}.{_digest(_proof(secret, other))}"


def shown_by(audience: Audience, shown: str) -> str | None:
    """The device that shows this to an audience; None for what is no proof at all."""
    parts = SHOWN.fullmatch(shown)
    if parts is None:
        return None
    [other] = [each for each in Audience if each is not audience]
    return _called({audience: _digest(parts[1]), other: parts[2]})


def _proof(secret: str, audience: Audience) -> str:
    return hmac.new(secret.encode(), audience.encode(), hashlib.sha256).hexdigest()


def _digest(proof: str) -> str:
    return hashlib.sha256(proof.encode()).hexdigest()


def _called(digests: dict[Audience, str]) -> str:
    all_of_them = "".join(digests[each] for each in Audience)
    return hashlib.sha256(all_of_them.encode()).hexdigest()[:NAME_CHARACTERS]
