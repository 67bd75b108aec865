"""What is checked after a fault tells damage from what is only on its way into the file."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from sync.decide import decide
from sync.storage.sqlite import open_file
from tests import centres
from tests.databases import postgresql_url
from tests.faults.checks import check_sound
from tests.faults.running_again import RunAgain
from tests.faults.server_checks import check_server_sound
from visits.offices.commands import JoinOffice

DOUBLED = (
    "INSERT INTO stretch SELECT 'twice', scope, office_id, ticket_id, state, from_at, to_at, "
    "before_id, service_id, staff_id, desk_id, reason, undone FROM stretch LIMIT 1"
)
LOST = "DELETE FROM desk WHERE id = 'a desk'"
PAGE_BYTES = 4_096
ROWS = 200


def with_a_page_in_the_log_alone(folder: Path) -> Path:
    """A file as a kill leaves it: later pages are in it, an earlier one is in its log alone."""
    database = open_file(folder / "at-work.db", key=centres.KEY)
    with database.write() as session:
        session.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY, words TEXT)"))
    with database.write() as session:
        for number in range(ROWS):
            made = {"id": number, "words": "x" * (PAGE_BYTES * 3 // 4)}
            session.execute(text("INSERT INTO thing VALUES (:id, :words)"), made)
    with database.read() as reading:
        reading.execute(text("SELECT count(*) FROM thing")).all()
        with database.write() as session:
            session.execute(text("UPDATE thing SET words = upper(words) WHERE id = 50"))
        raw = database.engine.raw_connection()
        raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        raw.close()
        for end in ("", "-wal"):
            shutil.copy(folder / f"at-work.db{end}", folder / f"killed.db{end}")
    database.close()
    return folder / "killed.db"


def take_in_the_log(file: Path) -> None:
    """Or a page of the log would take the place of one that is spoilt in the file."""
    database = open_file(file, key=centres.KEY)
    raw = database.engine.raw_connection()
    raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    raw.close()
    database.close()


def test_a_page_that_is_in_the_log_alone_is_no_damage(tmp_path: Path) -> None:
    file = with_a_page_in_the_log_alone(tmp_path)
    database = open_file(shutil.copytree(tmp_path, tmp_path / "copy") / file.name, key=centres.KEY)
    raw = database.engine.raw_connection()
    said = raw.cursor().execute("PRAGMA cipher_integrity_check").fetchall()
    raw.close()
    database.close()
    assert said, "the file was left whole: this shows nothing"
    check_sound("a desk", file)
    assert Path(f"{file}-wal").stat().st_size > 0, "what starts on it must find it as it was"


def test_a_page_that_was_spoilt_is_damage(tmp_path: Path) -> None:
    file = with_a_page_in_the_log_alone(tmp_path)
    take_in_the_log(file)
    check_sound("a desk", file)
    content = bytearray(file.read_bytes())
    content[100 * PAGE_BYTES + 7] ^= 1
    file.write_bytes(content)
    with pytest.raises(AssertionError, match="a desk: "):
        check_sound("a desk", file)


@pytest.mark.parametrize("wrong", ["", DOUBLED, LOST])
def test_an_effect_that_was_lost_or_came_twice_is_seen(tmp_path: Path, wrong: str) -> None:
    centres.build_centre(tmp_path / "centre.db", customers=3)
    node = centres.open_centre(tmp_path / "centre.db").node
    again = RunAgain(node)
    joining = JoinOffice(office_id=centres.OFFICE, counter_name="Counter 9")
    about = {"id": "joining", "device": "a desk", "seq": 1, "actor": "a desk"}
    joined = node.registry.seal(joining, issued_at=centres.MORNING, **about)
    assert decide(node, joined).state == "accepted"
    with node.database.write() as session:
        session.execute(text(wrong or "SELECT 1"))
    with pytest.raises(AssertionError, match="are not") if wrong else nullcontext():
        again.check(node)
    again.close()
    node.database.close()


def test_an_index_of_a_server_that_leads_to_fewer_rows_is_seen() -> None:
    with postgresql_url() as url:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("CREATE TABLE note (id text PRIMARY KEY, words text)")
            server.execute("CREATE INDEX note_by_words ON note (words)")
            server.execute("INSERT INTO note SELECT n, n FROM generate_series(1, 500) AS n")
            assert check_server_sound(url) == 2
            ready = (
                "UPDATE pg_index SET indisready = %s WHERE indexrelid = 'note_by_words'::regclass"
            )
            server.execute(ready, (False,))
            server.execute("INSERT INTO note VALUES ('lost', 'lost')")
            server.execute(ready, (True,))
        with pytest.raises(AssertionError, match="note_by_words leads to"):
            check_server_sound(url)
