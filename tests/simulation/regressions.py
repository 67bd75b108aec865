"""Histories worth keeping: each broke a promise once, or does with a bug planted, and is short.

One that breaks in the tests, or is played with `python -m tests.simulation --keep`, is made short
and put into `tests/simulation/kept`, to be committed with what mends it.

What is drawn changes with every new command, and so do all histories. What is kept for a planted
bug and does not reach it any more is sought anew by `python -m tests.simulation.regressions`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.simulation.history import DESKS, History, history
from tests.simulation.planted import PLANTED, Planted, planted
from tests.simulation.planted_seeds import first_broken
from tests.simulation.shrinking import shortened

FOLDER = Path(__file__).with_name("kept")
SEEDS = 2_000
NAME_WORDS_MAX = 8
BROKE_LENGTH_MAX = 100


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A history and what it broke: with a bug planted, or, without one, the code as it was then."""

    broke: str
    seed: int
    steps: int
    desks: int = DESKS
    relay: bool = False
    without: tuple[int, ...] = ()
    bug: str = ""

    def play(self) -> History:
        """Play it."""
        return history(
            self.seed,
            desks=self.desks,
            steps=self.steps,
            relay=self.relay,
            without=frozenset(self.without),
        )

    @property
    def file(self) -> Path:
        """Where it is kept: under the name of its bug, or of what it broke, and of the history."""
        words = "".join(c if c.isalnum() else " " for c in (self.bug or self.broke).lower()).split()
        kind = f"{self.seed}-{self.steps}{'-relay' if self.relay else ''}"
        return FOLDER / f"{'-'.join(words[:NAME_WORDS_MAX])}-{kind}.json"


def all_kept() -> list[Kept]:
    """Every history that is kept."""
    return [
        msgspec.json.decode(file.read_bytes(), type=Kept) for file in sorted(FOLDER.glob("*.json"))
    ]


def keep(told: History, *, bug: str = "") -> Kept:
    """Make a history that broke short, and write it down."""
    short = shortened(told)
    kept = Kept(
        broke=short.broken.splitlines()[0][:BROKE_LENGTH_MAX],
        seed=short.seed,
        steps=short.steps,
        desks=short.desks,
        relay=short.relay,
        without=tuple(sorted(step for step in short.without if step < short.steps)),
        bug=bug,
    )
    FOLDER.mkdir(exist_ok=True)
    kept.file.write_bytes(msgspec.json.encode(kept) + b"\n")
    return kept


def breaks_with_its_bug(kept: Kept) -> str:
    """What it breaks with its bug planted; "" when it does not reach it any more."""
    with planted(_bug(kept.bug)):
        return kept.play().broken


def _bug(name: str) -> Planted:
    return next(one for one in PLANTED if one.name == name)


def _seek_anew(name: str) -> Kept | None:
    one, former = _bug(name), [kept for kept in all_kept() if kept.bug == name]
    told = first_broken(one, range(1, SEEDS + 1))
    if told is None:
        return None
    with planted(one):
        found = keep(told, bug=name)
    for kept in former:
        if kept.file != found.file:
            kept.file.unlink()
    return found


def main(names: Sequence[str]) -> int:
    """Seek anew what is kept for bugs and does not reach them, and what of these names is not kept.

    The exit code is 0 when each has a history.
    """
    unknown = set(names) - {one.name for one in PLANTED}
    if unknown:
        print(f"no planted bug has the name: {', '.join(sorted(unknown))}")
        return 1
    known = {kept.bug: kept for kept in all_kept() if kept.bug}
    blunt = [name for name, kept in known.items() if not breaks_with_its_bug(kept)]
    missing = 0
    for name in [*blunt, *(name for name in names if name not in known)]:
        found = _seek_anew(name)
        missing += found is None
        print(f"{name}: {found.broke if found else 'not reached by any history'}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
