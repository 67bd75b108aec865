"""What is played of a seed when many are played: other numbers of desks, lengths, and relays.

Most are short. Much of what breaks takes few steps and luck to meet, and in the time of one whole
history there is room for five short ones; what takes long to build up (a backlog at a
relay, a copy of days ago, a second restore) is left to the whole ones. A mix by the seed's number
keeps all of them in every run of seeds, so each part of the tests plays some of each kind.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.history import DESKS, STEPS, History, history

SHORT_STEPS = 6
WHOLE_EVERY = 20
RELAY_EVERY = 4
THREE_DESKS_EVERY = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """What a history is given beside its seed."""

    desks: int
    steps: int
    relay: bool


def kind_of(seed: int) -> Kind:
    """The kind of history that a seed plays: a quarter has a relay, a twentieth all steps."""
    nth, beside = divmod(seed, WHOLE_EVERY)
    is_whole = beside == 0
    relay = (nth if is_whole else seed) % RELAY_EVERY == 1
    desks = 3 if relay or seed % THREE_DESKS_EVERY == 0 else DESKS
    return Kind(desks, STEPS if is_whole else SHORT_STEPS, relay)


def mixed(seed: int) -> History:
    """Play the history of that kind."""
    kind = kind_of(seed)
    return history(seed, desks=kind.desks, steps=kind.steps, relay=kind.relay)
