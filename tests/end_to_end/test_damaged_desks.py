"""A damaged desk begins anew, keeps the old file aside and loses nothing that can be read."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.conftest import Day
from tests.end_to_end.desk import Desk, Screen
from tests.end_to_end.reception import check_in

PAGE_BYTES = 4096


def test_a_desk_whose_own_facts_are_damaged_offers_again_what_had_not_gone_up(day: Day) -> None:
    first, second = day.open_desks()
    day.centre.kill()
    first.until(lambda seen: seen.sync.startswith("Working offline since"))
    numbers = [check_in(first, letters) for letters in ("siobhan", "lukasz", "obrien")]
    first.close()
    damage(first.folder / "desk.db", at=where_begins(first, "node_about"), size=PAGE_BYTES)

    day.centre.start()
    start(first, day)
    said = join_again(first)
    assert "3 changes that were not settled with the centre are saved." in said
    assert kept_aside(first, said)
    for desk in (first, second):
        desk.until(lambda seen: set(numbers) <= seen.waiting.keys())
        desk.until(lambda seen: seen.sync.startswith("Up to date"))
    assert check_in(first, "begum") not in numbers


def test_damage_that_shows_at_work_is_said_and_mended_by_opening_the_desk_again(day: Day) -> None:
    first, second = day.open_desks()
    day.centre.kill()
    first.until(lambda seen: seen.sync.startswith("Working offline since"))
    numbers = [check_in(first, letters) for letters in ("siobhan", "lukasz")]
    first.close()
    damage(first.folder / "desk.db", at=where_begins(first, "stretch"), size=PAGE_BYTES)

    day.centre.start()
    start(first, day)
    first.until(
        lambda seen: seen.sync == "This desk's data is damaged: close this app and open it again"
    )
    first.close()
    start(first, day)
    assert kept_aside(first, join_again(first))
    for desk in (first, second):
        desk.until(lambda seen: set(numbers) <= seen.waiting.keys())
        desk.until(lambda seen: seen.sync.startswith("Up to date"))


def test_a_desk_damaged_at_its_beginning_begins_anew_with_its_passphrase(day: Day) -> None:
    central = day.centre.start()
    desk = day.new_desk("desk-1")
    damage(desk.folder / "desk.db", at=0, size=PAGE_BYTES)
    desk.start("--central", central)
    desk.until(lambda seen: seen.has("passphrase_text"))
    desk.type("another passphrase", into="passphrase_text")
    desk.press("Enter")
    desk.until(lambda seen: seen["passphrase_text_problem"] == "That is not the passphrase")
    desk.give_passphrase()
    said = join_again(desk)
    assert "No unsent changes were found in it." in said
    assert kept_aside(desk, said)
    desk.until(lambda seen: seen.sync.startswith("Up to date") and seen.waiting)


def where_begins(desk: Desk, table: str) -> int:
    """Where in its file a closed desk keeps a table: `node_about` is what it knows of itself."""
    node = desk.opened()
    with node.database.read() as session:
        page = session.connection().exec_driver_sql(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
        )
        number: int = page.scalar_one()
    node.database.close()
    return (number - 1) * PAGE_BYTES


def start(desk: Desk, day: Day) -> None:
    desk.start("--central", day.centre.address)
    desk.give_passphrase()


def join_again(desk: Desk) -> str:
    """Answer where the desk stands; what it then says of its beginning anew."""
    desk.until(lambda seen: seen.has("which_counter"))
    desk.choose("Civic Centre, 1 Castle Square, AB1 1AA", of="office")
    desk.type("Counter 3", into="counter_name")
    desk.press("Enter")
    return desk.until(begins_anew)["said"]


def begins_anew(seen: Screen) -> bool:
    return seen["said"].startswith("This desk's database was damaged, so the desk begins again")


def kept_aside(desk: Desk, said: str) -> bool:
    """Whether the old file is there under the name that was told."""
    (kept,) = desk.folder.glob("desk.damaged-*.db")
    return f"The old file is kept as {kept.name}: tell the service desk." in said


def damage(database: Path, *, at: int, size: int) -> None:
    """Overwrite a part, as a failing disk does."""
    with database.open("r+b") as file:
        file.seek(at)
        file.write(b"\x5a" * size)
