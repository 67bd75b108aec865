"""Why the next round should be run now: something was asked for, or a poke tells of more.

A poke that tells only what the last round already brought, such as of this desk's own command,
is no reason.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping


class Wishes:
    """Shared by the thread that runs rounds and all who want one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._wanted = False
        self._ended = False
        self._heard: dict[str, int] = {}
        self._cursor: dict[str, int] = {}

    def wake(self) -> None:
        """A round is wanted."""
        with self._changed:
            self._wanted = True
            self._changed.notify_all()

    def end(self) -> None:
        """No round is wanted any more: whoever waits is let go, now and from now on.

        A wake would not do: a round that is just beginning forgets what was wanted before it.
        """
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def hear(self, numbers: Mapping[str, int]) -> None:
        """Scopes have reached these numbers; none at all when a stream of pokes begins."""
        with self._changed:
            # What moved before the stream began was not told.
            self._wanted = self._wanted or not numbers
            for scope, number in numbers.items():
                if number > self._cursor.get(scope, -1):
                    self._heard[scope] = max(number, self._heard.get(scope, 0))
            self._changed.notify_all()

    def begin(self) -> None:
        """A round begins: what was wanted and told until now is in it."""
        with self._changed:
            self._wanted = False
            self._heard.clear()

    def settled(self, cursor: Mapping[str, int]) -> bool:
        """A round has ended here. Says whether its scopes are others than before."""
        with self._changed:
            before, self._cursor = self._cursor, dict(cursor)
            self._heard = {s: n for s, n in self._heard.items() if n > cursor.get(s, n)}
            return bool(before) and before.keys() != cursor.keys()

    def wait(self, timeout_s: float) -> bool:
        """Wait until a round is wanted, the end has come or the time is over."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._ended or self._wanted or bool(self._heard), timeout_s
            )
