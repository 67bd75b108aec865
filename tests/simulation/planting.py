"""How a bug is planted: as a patch in memory that is taken out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from sync.command import Registry
from tests.simulation.council import council
from visits import registry

Planting = Callable[[ExitStack], None]


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug, the promise it breaks, and how it is planted."""

    name: str
    breaks: str
    plant: Planting


PLANTED: list[Planted] = []


def bug(breaks: str) -> Callable[[Planting], Planting]:
    """Register a planting under its name in words."""

    def register(plant: Planting) -> Planting:
        PLANTED.append(Planted(plant.__name__.replace("_", " "), breaks, plant))
        return plant

    return register


@contextmanager
def planted(one: Planted) -> Iterator[None]:
    """While inside, the bug is in the code; the council that histories begin with is sound."""
    council()
    with ExitStack() as stack:
        one.plant(stack)
        yield


def put(stack: ExitStack, owner: Any, name: str, value: Any) -> None:
    """Replace an attribute until the stack ends."""
    stack.enter_context(patch.object(owner, name, value))


def handled(stack: ExitStack, name: str, handler: Callable[[Any], Any]) -> None:
    """Every node opened inside runs `handler(real)` for the command of this name."""
    real = registry.commands

    def commands() -> Registry:
        changed = Registry()
        changed.include(
            replace(item, handler=handler(item.handler)) if item.name == name else item
            for item in real()
        )
        return changed

    put(stack, registry, "commands", commands)
