"""Figures of one process in Prometheus' text format. No device, person or argument is in them."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from sync.decide import Tally
from sync.service.state import DeskSeen
from sync.wire import Cursor

MEDIA_TYPE = "text/plain; version=0.0.4"
BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
UNSEEN_AFTER = timedelta(hours=24)
Labels = Mapping[str, str]
Sample = tuple[str, Labels, float]


class Family(Struct, frozen=True):
    """One figure with its samples; each sample adds a suffix to the name."""

    name: str
    kind: str
    says: str
    samples: tuple[Sample, ...]


class Durations:
    """How long requests took, by route and status."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._counts: dict[tuple[str, int], list[int]] = defaultdict(
            lambda: [0] * (len(BUCKETS_S) + 1)
        )
        self._sums: dict[tuple[str, int], float] = defaultdict(float)

    def note(self, route: str, status: int, took_s: float) -> None:
        """One request is answered."""
        with self._gate:
            self._counts[route, status][bisect_left(BUCKETS_S, took_s)] += 1
            self._sums[route, status] += took_s

    def family(self) -> Family:
        """All of them as a histogram."""
        samples: list[Sample] = []
        for (route, status), counts in sorted(self._counts.items()):
            labels = {"route": route, "status": str(status)}
            total = 0
            for edge, count in zip((*map(str, BUCKETS_S), "+Inf"), counts, strict=True):
                total += count
                samples.append(("_bucket", labels | {"le": edge}, total))
            samples.append(("_sum", labels, self._sums[route, status]))
            samples.append(("_count", labels, total))
        says = "How long requests took"
        return Family("reception_request_seconds", "histogram", says, tuple(samples))


def of_process(tally: Tally, *, streams: int) -> tuple[Family, ...]:
    """What this process has done since it began."""
    decided = sorted(tally.decided.items(), key=str)
    return (
        Family(
            "reception_decisions_total",
            "counter",
            "Commands decided by this process, with the reason of those refused",
            tuple(
                ("", {"state": state, "reason": reason or ""}, count)
                for (state, reason), count in decided
            ),
        ),
        _one("reception_retries_total", "counter", "Turns that were run again", tally.retries),
        _one("reception_streams", "gauge", "Desks that listen to this process", streams),
    )


def of_database(
    heads: Cursor,
    desks: Iterable[DeskSeen],
    *,
    waiting_since: datetime | None,
    bytes_held: int,
    now: datetime,
) -> tuple[Family, ...]:
    """What every process sees alike."""
    desks = tuple(desks)
    lags: dict[str, list[int]] = {scope: [] for scope in heads}
    for desk in desks:
        for scope, lag in desk.behind.items():
            lags.setdefault(scope, []).append(lag)
    unseen = sum(now - desk.seen_at > UNSEEN_AFTER for desk in desks)
    longest_s = max((now - desk.seen_at).total_seconds() for desk in desks) if desks else 0
    return (
        _by_scope("reception_scope_number", "Last change number of a scope", heads),
        _by_scope(
            "reception_scope_lag_changes",
            "By how many changes the desk furthest behind was behind when last seen",
            {scope: max(found, default=0) for scope, found in lags.items()},
        ),
        _by_scope(
            "reception_desks_behind",
            "Desks that were behind in a scope when last seen",
            {scope: len(found) for scope, found in lags.items()},
        ),
        _one("reception_desks", "gauge", "Desks that were ever seen", len(desks)),
        _one("reception_desks_unseen", "gauge", "Desks not seen for 24 hours", unseen),
        _one(
            "reception_desk_longest_unseen_seconds",
            "gauge",
            "Since the desk longest unseen was seen",
            longest_s,
        ),
        _one(
            "reception_oldest_pending_seconds",
            "gauge",
            "Since the oldest command waits here: held by a relay, or offered in vain",
            (now - waiting_since).total_seconds() if waiting_since else 0,
        ),
        _one("reception_database_bytes", "gauge", "Size of the database", bytes_held),
    )


def _one(name: str, kind: str, says: str, value: float) -> Family:
    return Family(name, kind, says, (("", {}, value),))


def _by_scope(name: str, says: str, numbers: Mapping[str, int]) -> Family:
    samples = tuple(("", {"scope": scope}, float(n)) for scope, n in sorted(numbers.items()))
    return Family(name, "gauge", says, samples)


def text(families: Iterable[Family]) -> str:
    """The figures as Prometheus reads them."""
    lines: list[str] = []
    for family in families:
        lines += [f"# HELP {family.name} {family.says}", f"# TYPE {family.name} {family.kind}"]
        lines += [
            f"{family.name}{suffix}{_shown(labels)} {value:.12g}"
            for suffix, labels, value in family.samples
        ]
    return "\n".join(lines) + "\n"


def _shown(labels: Labels) -> str:
    if not labels:
        return ""
    pairs = (f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + ",".join(pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
