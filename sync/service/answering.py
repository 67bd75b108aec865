"""What the service needs of the node that it serves: an authority and a relay both have it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from sqlalchemy.orm import Session

from sync.decide import Tally
from sync.node import Node
from sync.storage.hints import Numbers
from sync.wire import Answer, Request


class Answering(Protocol):
    """Answers requests from its database; several threads may ask at once."""

    @property
    def node(self) -> Node:
        """The node."""

    @property
    def tally(self) -> Tally:
        """What it decided since it began."""

    @property
    def allowed(self) -> Callable[[Session, str], Iterable[str]]:
        """The scopes a device may read now."""

    def answer(self, request: Request) -> Answer:
        """The answer to a request; failures are answers too."""


class Heard(Protocol):
    """Hints of what else moves in the database."""

    def listen(self, heard: Callable[[Numbers], None]) -> None:
        """Call `heard` from a thread with what moved; with nothing to have all looked at."""

    def tell(self, numbers: Numbers) -> None:
        """Pass on what this process decided."""

    def close(self) -> None:
        """No more hints."""
