"""W3: a computer that the council withdraws shows nothing of anybody any more, now or later."""

from __future__ import annotations

from tests.end_to_end.conftest import Day
from tests.end_to_end.test_bad_starts import SENTENCE
from tests.visits.central.processes import run

WITHDRAWN = "The council has withdrawn this computer: it is given nothing any more."


def test_w3_a_desk_that_is_withdrawn_at_work_ends_and_says_why_and_so_does_its_next_start(
    day: Day,
) -> None:
    first, second = day.open_desks()
    done = run("withdraw", "Civic Centre, Counter 3", "--database", day.centre.database)
    assert done.returncode == 0, done.stderr
    seen = first.until(lambda seen: seen.has(SENTENCE))
    assert seen[SENTENCE].startswith(WITHDRAWN)
    assert not seen.has("waiting_list")
    first.press("Enter")
    assert first.ended() == 1
    assert second.see().sync.startswith("Up to date")

    first.start("--central", day.centre.address)
    first.give_passphrase()
    seen = first.until(lambda seen: seen.has(SENTENCE))
    assert seen[SENTENCE].startswith(WITHDRAWN)
    assert str(first.folder) in seen[SENTENCE]
    first.press("Enter")
    assert first.ended() == 1
    assert "Traceback" not in first.log.read_text()
