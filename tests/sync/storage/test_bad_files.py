"""M5, K3: a database that cannot be used is named as such and left exactly as it is."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import text

from sync.errors import DatabaseUnreadable, StorageFailed, SyncError
from sync.storage import sqlite
from sync.storage.database import Database
from sync.storage.sqlite import open_file

KEY = bytes(range(32))
ROWS = 2_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed database with some rows, all of it in its main file."""
    path = tmp_path / "desk.db"
    database = open_file(path, key=KEY)
    with database.write() as session:
        session.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, words TEXT)"))
        for number in range(ROWS):
            session.execute(
                text("INSERT INTO note VALUES (:id, :words)"), {"id": number, "words": "x" * 100}
            )
    database.close()
    assert not path.with_name("desk.db-wal").exists()
    return path


def read_all(path: Path, key: bytes = KEY) -> int:
    """Read every row. Raises what opening or reading raises."""
    database = open_file(path, key=key)
    try:
        with database.read() as session:
            return len(session.execute(text("SELECT words FROM note")).all())
    finally:
        database.close()


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 0x55]))


def test_a_whole_database_is_read(path: Path) -> None:
    assert read_all(path) == ROWS


@pytest.mark.parametrize("seed", range(12))
def test_m5_a_flipped_byte_anywhere_is_noticed_and_the_file_is_left_alone(
    path: Path, seed: int
) -> None:
    at = [0, 15, 16, 100, 4_095, 4_096][seed] if seed < 6 else None
    place = at if at is not None else random.Random(seed).randrange(path.stat().st_size)
    flip(path, place)
    before = path.read_bytes()
    with pytest.raises(DatabaseUnreadable):
        read_all(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("key", [bytes(32), bytes(range(1, 33))])
def test_a_wrong_key_is_named_and_the_file_is_left_alone(path: Path, key: bytes) -> None:
    before = path.read_bytes()
    with pytest.raises(DatabaseUnreadable):
        read_all(path, key)
    assert path.read_bytes() == before
    assert read_all(path) == ROWS


@pytest.mark.parametrize("size", [0, 1, 100, 4_096, 8_000, 100_000])
def test_a_file_that_is_cut_short_is_named_and_left_alone(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)
    before = path.read_bytes()
    with pytest.raises(DatabaseUnreadable):
        read_all(path)
    assert path.read_bytes() == before


def test_a_file_of_something_else_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(b"%PDF-1.7\n" * 10_000)
    with pytest.raises(DatabaseUnreadable):
        open_file(path, key=KEY)
    assert path.read_bytes() == b"%PDF-1.7\n" * 10_000


def test_a_plain_database_is_not_taken_for_an_encrypted_one(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "desk.db"
    with sqlite3.connect(path) as plain:
        plain.execute("CREATE TABLE note (id INTEGER)")
    plain.close()
    with pytest.raises(DatabaseUnreadable):
        open_file(path, key=KEY)


def test_a_folder_in_the_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "desk.db").mkdir()
    with pytest.raises(StorageFailed) as failed:
        open_file(tmp_path / "desk.db", key=KEY)
    assert failed.value.cause == "cannot_open"


def test_k3_a_database_that_another_program_holds_is_said_to_be_locked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
    holder, other = open_file(path, key=KEY), open_file(path, key=KEY)
    with holder.write() as session:
        session.execute(text("DELETE FROM note"))
        with pytest.raises(StorageFailed) as failed, other.write():
            pytest.fail("two writers at once")
        assert failed.value.cause == "locked"
        with other.read() as reading:
            assert len(reading.execute(text("SELECT id FROM note")).all()) == ROWS
    with other.write() as session:
        assert session.execute(text("SELECT count(*) FROM note")).scalar() == 0
    for database in (holder, other):
        database.close()


IN_A_PROCESS = """
import os, resource, signal, sys
from pathlib import Path
from sqlalchemy import text
from sync.errors import StorageFailed
from sync.storage.sqlite import open_file

path, how = Path(sys.argv[1]), sys.argv[2]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
if how == "full":
    database = open_file(path, key=bytes(range(32)))
    size = path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 4, resource.RLIM_INFINITY))
else:
    # Every page must be loaded before the account that may read the code is given up.
    open_file(path.with_name("other.db"), key=bytes(range(32))).close()
    os.chmod(path, 0o444)
    os.chmod(path.parent, 0o555)
    if os.geteuid() == 0:
        os.setegid(65534)
        os.seteuid(65534)
    try:
        database = open_file(path, key=bytes(range(32)))
    except StorageFailed as failed:
        print("failed", failed.cause)
        sys.exit()
try:
    with database.write() as session:
        for number in range(5_000):
            session.execute(
                text("INSERT INTO note VALUES (:id, :words)"),
                {"id": 10_000 + number, "words": "y" * 500},
            )
except StorageFailed as failed:
    print("failed", failed.cause)
with database.read() as session:
    print("rows", session.execute(text("SELECT count(*) FROM note")).scalar())
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with database.write() as session:
    session.execute(text("INSERT INTO note VALUES (99999, 'z')"))
print("again")
"""


def in_a_process(path: Path, how: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(IN_A_PROCESS), str(path), how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_k3_a_write_that_the_disk_does_not_take_leaves_nothing_and_the_next_one_works(
    path: Path,
) -> None:
    failed, rows, again = in_a_process(path, "full")
    assert failed in ("failed disk_full", "failed disk_failed")
    assert rows == f"rows {ROWS}"
    assert again == "again"
    assert read_all(path) == ROWS + 1


@pytest.mark.skipif(sys.platform == "win32", reason="rights of a folder are POSIX")
def test_k3_a_folder_that_cannot_be_written_is_said(path: Path) -> None:
    for folder in (path.parent, *path.parent.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o555)
    lines = in_a_process(path, "read-only")
    path.parent.chmod(0o755)
    path.chmod(0o644)
    assert lines[0].split()[1] in ("read_only", "cannot_open")
    assert read_all(path) == ROWS


def test_k2_what_is_acknowledged_is_on_the_disk(path: Path) -> None:
    database = open_file(path, key=KEY)
    for session_of in (database.write, database.read):
        with session_of() as session:
            pragma = {
                name: session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("synchronous", "journal_mode")
            }
        assert pragma == {"synchronous": 2, "journal_mode": "wal"}
    database.close()


def test_nothing_of_a_row_is_readable_in_the_files(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    database = open_file(path, key=KEY)
    with database.write() as session:
        session.execute(text("CREATE TABLE note (words TEXT)"))
        session.execute(text("INSERT INTO note VALUES ('Amira Okonkwo')"))
        for file in tmp_path.iterdir():
            assert b"Amira" not in file.read_bytes()
    for file in tmp_path.iterdir():
        assert b"Amira" not in file.read_bytes()
    database.close()


def test_m10_an_error_names_no_value_of_a_row(path: Path) -> None:
    database: Database = open_file(path, key=KEY)
    with pytest.raises(SyncError) as failed, database.write() as session:
        session.execute(
            text("INSERT INTO note VALUES (:id, :words)"), {"id": 1, "words": "Amira Okonkwo"}
        )
    whole = "".join(
        str(error) for error in (failed.value, failed.value.__cause__) if error is not None
    )
    assert "Amira" not in whole
    database.close()


def test_m5_a_full_text_index_whose_pages_are_damaged_is_damage(path: Path) -> None:
    database = open_file(path, key=KEY)
    with database.write() as session:
        session.execute(text("CREATE VIRTUAL TABLE words USING fts5(word)"))
        session.execute(text("INSERT INTO words VALUES ('siobhan')"))
        page = session.scalar(text("SELECT rootpage FROM sqlite_master WHERE name='words_config'"))
        size = int(session.scalar(text("PRAGMA page_size")))
    database.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))
    database = open_file(path, key=KEY)
    with pytest.raises(DatabaseUnreadable), database.read() as session:
        session.execute(text("SELECT * FROM words WHERE words MATCH 'siobhan'"))
    database.close()


def test_m5_a_connection_that_met_damage_goes_on_to_say_damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(path.stat().st_size // 4))
    database = open_file(path, key=KEY)
    with pytest.raises(DatabaseUnreadable), database.read() as session:
        session.execute(text("SELECT words FROM note")).all()
    # SQLite itself calls the file read-only from here on.
    with pytest.raises(DatabaseUnreadable), database.write() as session:
        session.execute(text("INSERT INTO note VALUES (99999, 'z')"))
    database.close()
