"""Which upstream a desk speaks to: the first of its addresses that answers, its relay before all.

It moves on when one does not answer, and back when the better one does, without a person.
Whether a better one does is looked for beside the rounds: a person may wait for the end of one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import httpx

from sync.errors import LineDown
from sync.upstream.http import HttpUpstream, no_proof, shown_in

LOOK_AGAIN_S = 10.0
"""An address that did not answer is let be for so long."""
PROBE_TIMEOUT_S = 1.0


def in_a_thread(look: Callable[[], None]) -> None:
    """Run it without waiting for its end."""
    threading.Thread(target=look, name="look", daemon=True).start()


class Choosing:
    """Used by the one thread that runs rounds.

    `addresses` and `device` are asked for each time, the best address first; `open_at` makes an
    upstream; `proof` shows at an address that this is its device; `answers` says whether it is
    served there; `beside` runs a look without waiting for it. `found` is called, from any thread,
    when a better upstream is there for the next round.
    """

    def __init__(
        self,
        addresses: Callable[[], Sequence[str]],
        open_at: Callable[[str], HttpUpstream],
        *,
        device: Callable[[], str],
        proof: Callable[[str], str] = no_proof,
        answers: Callable[[str], bool] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        beside: Callable[[Callable[[], None]], None] = in_a_thread,
        found: Callable[[], None] = lambda: None,
    ) -> None:
        self._addresses = addresses
        self._open_at = open_at
        self._device = device
        self._proof = proof
        self._answers = answers or self._is_there
        self._monotonic = monotonic
        self._beside = beside
        self._found: str | None = None
        self._on_found = found
        self._let_be: dict[str, float] = {}
        self._open: HttpUpstream | None = None
        self._has_failed = False

    def upstream(self) -> HttpUpstream:
        """The upstream for the next round. Raises LineDown when there is no address at all."""
        known, has_failed, self._has_failed = self._open, self._has_failed, False
        worth_trying = self._worth_trying()
        stays = (
            known is not None
            and not has_failed
            and known.device == self._device()
            and known.url in worth_trying
        )
        for address in worth_trying:
            if known is not None and stays and address == known.url:
                return known
            # To leave what answers in vain would cost a round.
            if not stays or address == self._found:
                return self._move_to(address)
            self._let_be[address] = self._monotonic()
            self._beside(partial(self._look, address))
        raise LineDown("there is no address of an upstream")

    def _look(self, address: str) -> None:
        if self._answers(address):
            self._found = address
            self._let_be.pop(address, None)
            self._on_found()

    def _is_there(self, address: str) -> bool:
        return serves(address, self._device(), self._proof(address))

    def failed(self) -> None:
        """The last round did not reach the upstream."""
        if self._open is not None:
            self._let_be[self._open.url] = self._monotonic()
            self._has_failed = True

    def _worth_trying(self) -> list[str]:
        all_of_them = [address for address in self._addresses() if address]
        now = self._monotonic()
        fresh = [a for a in all_of_them if now - self._let_be.get(a, -LOOK_AGAIN_S) >= LOOK_AGAIN_S]
        # Where all have failed just now, that one first which failed longest ago: the best of them
        # may go on to refuse this device while the next is back.
        return fresh or sorted(all_of_them, key=lambda address: self._let_be[address])

    def _move_to(self, address: str) -> HttpUpstream:
        self._found = None
        if self._open is not None:
            self._open.close()
        self._open = self._open_at(address)
        return self._open


def serves(address: str, device: str, proof: str) -> bool:
    """Whether the service at an address would serve this device now.

    A relay may be well and have no place for it: what it may listen to tells.
    """
    stream = f"{address}/v1/events"
    try:
        found = httpx.head(
            stream,
            params={"device": device},
            headers=shown_in(proof),
            timeout=PROBE_TIMEOUT_S,
            trust_env=False,
        )
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return False
    return found.status_code == httpx.codes.OK
