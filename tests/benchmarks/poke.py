"""From a command posted to the poke at desks that listen: real central processes, raw sockets.

The time is counted from the sending of the command, which is before the centre's commit: from the
commit it is less. Every stream is of one office, so every poke goes to all of them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import msgspec

from sync.command import Envelope
from sync.wire import Decided, PushCommands, encode
from tests.benchmarks.council import Council
from tests.benchmarks.figures import Figure, at
from tests.benchmarks.sizes import Sizes
from tests.databases import postgresql_url
from tests.devices import device_of, proof_of
from tests.visits import council as small
from tests.visits.central.processes import serving
from visits.central.opening import authority_over, make_key, open_database
from visits.offices.commands import JoinOffice
from visits.scopes import of_office

LIMIT_MS = 300.0
POSTER, LISTENER = "desk that posts", "desks that listen"
DEVICE = device_of(POSTER)
SCOPE = of_office(small.OFFICE)
MOVED = re.compile(rb'"' + SCOPE.encode() + rb'":(\d+)')
WAITED_MAX_S = 30.0
BETWEEN_S = 0.05
LOOK_S = 0.005
WARM_UP = 5
"""Commands before those that are measured: a process just started has its statements to make."""


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One process over SQLite; two over PostgreSQL, of which one is posted to, one listened to."""
    file = scratch / "centre.db"
    make_key(file.with_suffix(".key"))
    alone = _figure("poke", f"sqlite:///{file}", scratch, sizes, processes=1)
    with postgresql_url() as url:
        across = _figure("poke, across two processes", url, scratch, sizes, processes=2)
    return [alone, across]


def _figure(name: str, url: str, scratch: Path, sizes: Sizes, *, processes: int) -> Figure:
    commands = list(islice(_check_ins(url), WARM_UP + sizes.pokes))
    with ExitStack() as running:
        addresses = []
        for number in range(processes):
            folder = scratch / f"{name}-{number}"
            folder.mkdir()
            addresses.append(running.enter_context(serving(url, folder))[1])
        measured = asyncio.run(
            _measured(commands, addresses[0], addresses[-1], desks=sizes.desks_listening)
        )
    took = [ms for poke in measured[WARM_UP:] for ms in poke.from_sending]
    after = [ms for poke in measured[WARM_UP:] for ms in poke.from_answer]
    return Figure(
        name=name,
        value=round(at(took, 99), 1),
        unit="ms",
        limit=LIMIT_MS,
        note=f"p99 of {len(took):,} from the sending, p50 {at(took, 50):.1f}; "
        f"from the answer p99 {at(after, 99):.1f}; {sizes.desks_listening} desks listen",
    )


def _check_ins(url: str) -> Iterator[Envelope]:
    """Commands of one desk for a council that is founded with the first."""
    database = open_database(url, key_file=None)
    authority = authority_over(database)
    authority.found("epoch-1")
    council = small.Council(authority.node).found()
    joining = JoinOffice(office_id=small.OFFICE, counter_name="Listening")
    council.do(joining, desk=device_of(LISTENER))
    database.close()
    seq = 0
    while True:
        seq += 1
        yield council.node.registry.seal(
            council.check_in(ticket_id=f"t{seq}", stretch_id=f"s{seq}", number=f"Z{seq}"),
            id=f"{DEVICE}-{seq}",
            device=DEVICE,
            seq=seq,
            actor=small.OFFICER,
            issued_at=council.now,
        )


class Poke:
    """What became of one command: milliseconds until each stream had heard of it."""

    def __init__(self, sent: float, answered: float, heard: Sequence[float]) -> None:
        self.from_sending = [(moment - sent) * 1_000 for moment in heard]
        self.from_answer = [(moment - answered) * 1_000 for moment in heard]


class Ear(asyncio.Protocol):
    """A desk that listens and does nothing else."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.is_open = False
        self.heard: dict[int, float] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)
        shown = proof_of(LISTENER)["authorization"]
        asked = (
            f"GET /v1/events?device={device_of(LISTENER)} HTTP/1.1\r\nhost: {self._host}\r\n"
            f"authorization: {shown}\r\n\r\n"
        )
        transport.write(asked.encode("ascii"))

    def data_received(self, data: bytes) -> None:
        """Keep the moment of each number."""
        now = perf_counter()
        self.is_open = self.is_open or b": listening" in data
        for number in MOVED.findall(data):
            self.heard.setdefault(int(number), now)


async def _measured(
    commands: Sequence[Envelope], post_to: str, listen_at: str, *, desks: int
) -> list[Poke]:
    there = urlsplit(listen_at)
    loop = asyncio.get_running_loop()
    ears = []
    for _ in range(desks):
        transport, ear = await loop.create_connection(
            lambda: Ear(there.netloc), there.hostname, there.port
        )
        ears.append((transport, ear))
    await _until(lambda: all(ear.is_open for _, ear in ears))
    poster = await _Poster.at(post_to)
    pokes = []
    for command in commands:
        sent, answered, number = await poster.post(command)
        await _until(lambda number=number: all(number in ear.heard for _, ear in ears))
        pokes.append(Poke(sent, answered, [ear.heard[number] for _, ear in ears]))
        await asyncio.sleep(BETWEEN_S)
    poster.close()
    for transport, _ in ears:
        transport.close()
    return pokes


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAITED_MAX_S):
        while not is_so():
            await asyncio.sleep(LOOK_S)


class _Poster:
    """The desk that posts, over one connection that stays open."""

    def __init__(
        self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._host = host
        self._reader = reader
        self._writer = writer

    @classmethod
    async def at(cls, address: str) -> _Poster:
        there = urlsplit(address)
        return cls(there.netloc, *await asyncio.open_connection(there.hostname, there.port))

    async def post(self, command: Envelope) -> tuple[float, float, int]:
        """When it was sent, when it was answered, and the number of its change."""
        body = encode(
            PushCommands(device=DEVICE, epoch=None, commands=[command], after=command.seq - 1)
        )
        shown = proof_of(POSTER)["authorization"]
        head = (
            f"POST /v1/commands HTTP/1.1\r\nhost: {self._host}\r\n"
            f"authorization: {shown}\r\ncontent-length: {len(body)}"
        )
        sent = perf_counter()
        self._writer.write(head.encode("ascii") + b"\r\n\r\n" + body)
        length = re.search(rb"content-length: (\d+)", await self._reader.readuntil(b"\r\n\r\n"))
        assert length is not None
        answer = await self._reader.readexactly(int(length[1]))
        answered = perf_counter()
        decided = msgspec.json.decode(answer, type=Decided)
        return sent, answered, decided.outcomes[0].numbers[SCOPE]

    def close(self) -> None:
        self._writer.close()
