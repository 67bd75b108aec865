"""When a node looks again, if nothing wakes it before."""

from __future__ import annotations

POLL_DEAF_S = 5.0
"""How often to look while no pokes come."""
POLL_LISTENING_S = 15.0
"""How often to look while they do: a poke may be lost, and it is only a hint."""
RETRY_FIRST_S = 0.5
RETRY_LONGEST_S = 5.0


class Pace:
    """Often while no pokes come, seldom while they do; the longer nobody answers, the less."""

    def __init__(self) -> None:
        self._retry_s = RETRY_FIRST_S

    def after(self, *, is_reached: bool, listens: bool, is_in_doubt: bool = False) -> float:
        """Seconds until the next look, after a round that reached somebody above or did not.

        `is_in_doubt` says that what was told should be told again.
        """
        if not is_reached:
            wait_s = self._retry_s
            self._retry_s = min(wait_s * 2, RETRY_LONGEST_S)
            return wait_s
        self._retry_s = RETRY_FIRST_S
        if is_in_doubt:
            return RETRY_FIRST_S
        return POLL_LISTENING_S if listens else POLL_DEAF_S
