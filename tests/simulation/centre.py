"""The centre as a process, and how whoever is asked answers a request as the service does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from sync.authority import Authority
from sync.errors import StorageFailed, SyncError
from sync.node import Node
from sync.wire import Answer, Failure, Request, encode
from tests.simulation import luck, network
from tests.simulation.council import council, opened_centre
from tests.simulation.disk import PowerCut, disk_of
from tests.simulation.reference import Broken
from visits.registry import node_over

if TYPE_CHECKING:
    from tests.simulation.world import World

OK = 200


class CentreProcess:
    """The centre, while its process runs and while it does not."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.disk = disk_of("centre")
        self.disk.load(council().centre)
        self.authority: Authority | None = None
        self.start()

    @property
    def node(self) -> Node:
        """The node over the disk, for looking."""
        return self.authority.node if self.authority else node_over(self.disk.database())

    def start(self) -> None:
        """The process starts on what the disk holds."""
        self.authority = opened_centre(self.disk)

    def stop(self) -> None:
        """The power goes."""
        self.authority = None
        self.disk.lose_power()

    def serve(self, kind: str, body: bytes, reply: network.Reply) -> None:
        """A request arrives. No answer is given when the process ends before it could be."""
        if self.authority is not None:
            try:
                serve(kind, body, reply, self.authority.answer, told=self._world.observe)
            except PowerCut:
                luck.centre_lost_power(self._world)


def serve(
    kind: str,
    body: bytes,
    reply: network.Reply,
    answer: Callable[[Request], Answer],
    *,
    told: Callable[[Request, Answer], None],
) -> None:
    """Answer a request as the service does; raises PowerCut when the process ends meanwhile."""
    try:
        request = network.read_request(kind, body)
    except msgspec.DecodeError:
        return reply(400, encode(Failure(code="unreadable")))
    try:
        said = answer(request)
    except StorageFailed as failed:
        said = Failure(code="unavailable", detail=failed.cause)
    except SyncError as error:
        raise Broken(f"W1: a request broke who answers it: {error!r}") from error
    told(request, said)
    return reply(OK if not isinstance(said, Failure) else 409, encode(said))
