"""Devices as tests name them."""

from __future__ import annotations

from collections.abc import Callable, Set

from sync.proof import Audience, Identity, NewDevice, identity_of, shown_to


def named(name: str, new_id: Callable[[], str]) -> NewDevice:
    """A device of this name; when it must become another, one of a new id. It proves nothing."""
    names = iter([name])
    return lambda: Identity(next(names, None) or new_id())


def provable(name: str, new_id: Callable[[], str]) -> NewDevice:
    """As `named`, of a device that proves itself; what it is called comes from that."""
    secrets = iter([name])
    return lambda: identity_of(next(secrets, None) or new_id())


def device_of(name: str) -> str:
    """What the provable device of this name is called."""
    return identity_of(name).device


def proof_of(name: str, audience: Audience = Audience.CENTRE) -> dict[str, str]:
    """The header by which the provable device of this name proves itself."""
    return {"authorization": f"Bearer {shown_to(audience, name)}"}


def anybody(shown: str, devices: Set[str], offers: bool) -> None:
    """Where it does not matter who asks: every caller may speak as every device."""
