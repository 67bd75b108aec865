"""What must hold after a fault, and when all is settled."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import sqlcipher3.dbapi2 as driver
from sqlalchemy import select

from sync.held import is_of_rows
from sync.node import Node
from sync.pruning import DECIDED_KEPT_MAX
from sync.relay import REFUSED_HERE
from sync.storage.sqlite import open_file
from sync.tables import command_log
from sync.upstream.line import Health
from tests import centres
from tests.end_to_end.rows import check_same, scopes_of
from tests.refusals import refusals_shown
from visits.queue.records import Ticket
from visits.registry import node_over

if TYPE_CHECKING:
    from tests.faults.office import Office
    from tests.faults.processes import DeskAtWork

KNOWN_WITHIN_S = 60.0


def check_sound(name: str, file: Path) -> None:
    """Every page of a file is as it was written, and every table and index is whole.

    `cipher_integrity_check` reads the file alone: where the file has only the room for a page yet,
    and the log its content, it sees damage. So the log is taken in first. That is done to a copy:
    whoever starts on the file finds it as the kill left it.
    """
    with tempfile.TemporaryDirectory(prefix="copy-") as folder:
        shutil.copy(file, folder)
        with suppress(FileNotFoundError):
            shutil.copy(f"{file}-wal", folder)
        _check_pages(name, Path(folder) / file.name, key_of(file))


def _check_pages(name: str, file: Path, key: bytes) -> None:
    database = open_file(file, key=key)
    raw = database.engine.raw_connection()
    try:
        for pragma, sound in (
            ("wal_checkpoint(TRUNCATE)", [(0, 0, 0)]),
            ("cipher_integrity_check", []),
            ("integrity_check", [("ok",)]),
        ):
            found = raw.cursor().execute(f"PRAGMA {pragma}").fetchall()
            assert found == sound, f"{name}: {pragma} says {found[:3]}"
    except driver.DatabaseError as damage:
        raise AssertionError(f"{name}: {damage}") from damage
    finally:
        raw.close()
        database.close()


def key_of(file: Path) -> bytes:
    """The key beside a service's file, or that of every desk."""
    kept = file.with_suffix(".key")
    return bytes.fromhex(kept.read_text("ascii")) if kept.exists() else centres.KEY


def check_knows(desk: DeskAtWork, *, is_centre_away: bool) -> None:
    """U7: it does not say that it is up to date when it has not been for a minute."""
    stands = desk.how_it_stands()
    if stands["line"] == Health.UP:
        assert not is_centre_away, f"{desk.name} does not know that the centre is away: {stands}"
        assert stands["complete_before_s"] < KNOWN_WITHIN_S, f"{desk.name} is stale: {stands}"


def check_settled(office: Office) -> dict[str, int]:
    """All have ended: nothing acknowledged is lost or doubled, and all are equal. Some counts."""
    for name, file in office.files.items():
        check_sound(name, file)
    authority = office.centre.opened()
    nodes = [node_over(open_file(desk.file, key=centres.KEY)) for desk in office.desks]
    relay_file = office.files["relay"]
    relay = node_over(open_file(relay_file, key=key_of(relay_file)))
    try:
        decided, at_relay = _log(authority.node), _log(relay)
        counts = {"decided": len(decided), "acknowledged": 0, "refused": 0}
        for desk, node in zip(office.desks, nodes, strict=True):
            own, shown = _log(node), refusals_shown(node)
            for command_id in desk.kept:
                state = own.get(command_id)
                if state == "dealt_with":
                    # What is refused as its person was told at once needs no more words.
                    assert command_id in desk.told_at_once, f"{desk.name} hides {command_id}"
                    state = "refused"
                else:
                    assert state != "refused" or command_id in shown, f"no word of {command_id}"
                assert state in ("accepted", "refused"), f"{desk.name} lost {command_id}: {state}"
                # What a relay refuses while the centre is away is not sent up.
                # It lets go of what is long decided.
                is_pruned = len(at_relay) >= DECIDED_KEPT_MAX and command_id not in at_relay
                by_relay = is_pruned or at_relay.get(command_id) == REFUSED_HERE
                said = decided.get(command_id, "refused" if by_relay else None)
                assert said == state, f"{desk.name} says {state} of {command_id}, and not {said}"
                counts["refused"] += state == "refused"
            counts["acknowledged"] += len(desk.kept)
            # What a relay holds it numbers itself; the centre knows nothing of it.
            scopes = filter(is_of_rows, scopes_of(node))
            check_same(desk.name, authority.node, node, scopes)
        _check_numbers(authority.node)
        office.again.check(authority.node)
    finally:
        for node in (authority.node, relay, *nodes):
            node.database.close()
    return counts


def _log(node: Node) -> dict[str, str]:
    with node.database.read() as session:
        rows = session.execute(select(command_log.c.id, command_log.c.state)).all()
    assert len(rows) == len({row.id for row in rows})
    return {row.id: row.state for row in rows}


def _check_numbers(centre: Node) -> None:
    """No ticket number was given twice."""
    with centre.database.read() as session:
        ones = select(Ticket.office_id, Ticket.number_on, Ticket.number)
        numbers = session.execute(ones).all()
    assert len(numbers) == len(set(numbers)), "a number was given twice"
