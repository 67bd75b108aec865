"""The centre's log, run again from where it began: what was accepted has had its effect once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.command import Envelope
from sync.errors import SyncError
from sync.node import LAST_POSITION, Node, unpacked
from sync.storage.sqlite import open_memory
from sync.tables import command_log
from tests.simulation.reference import images_of, node_of


class RunAgain:
    """Another node that began with a centre's rows, and runs what that decides, once each."""

    def __init__(self, centre: Node) -> None:
        self._node = node_of(images_of(centre), open_memory())
        self._position = _last_position(centre)

    def check(self, centre: Node) -> None:
        """What was decided since comes to the rows that there are. Raises AssertionError.

        Nobody may be deciding meanwhile.
        """
        with centre.database.read() as session:
            log = session.execute(
                select(command_log.c.envelope, command_log.c.state)
                .where(command_log.c.position > self._position)
                .order_by(command_log.c.position)
            ).all()
        self._position = _last_position(centre)
        with self._node.database.write() as session:
            for body, state in log:
                envelope = unpacked(bytes(body))
                became = _ran(self._node, session, envelope)
                assert became == state, f"{envelope.name} {envelope.id} was {state}, now {became}"
        again, there = images_of(self._node), images_of(centre)
        places = again.keys() | there.keys()
        wrong = sorted(place for place in places if again.get(place) != there.get(place))
        assert not wrong, f"run again, {wrong[:3]} of {len(wrong)} are not as they are there"

    def close(self) -> None:
        """It is not needed any more."""
        self._node.database.close()


def _last_position(centre: Node) -> int:
    with centre.database.read() as session:
        return session.scalar(LAST_POSITION) or 0


def _ran(node: Node, session: Session, envelope: Envelope) -> str:
    try:
        node.run(session, envelope)
    except SyncError:
        return "refused"
    finally:
        # As for the one who decided: each command finds what is kept, not what one before it held.
        session.expire_all()
    return "accepted"
