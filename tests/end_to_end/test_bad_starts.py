"""What stands in the way of a start is said in a sentence, and nothing is lost by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Day
from tests.end_to_end.desk import PASSPHRASE, Desk, environment
from tests.end_to_end.reception import check_in

APP = [sys.executable, "-m", "reception_app.main"]
SENTENCE = "qt_msgbox_label"


def run(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The app without a screen, to its end."""
    return subprocess.run(
        [*APP, *options],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--sample", "--customers", "0"], "--customers takes a number from 1 to 250,000."),
        (["--sample", "--customers", "250001"], "--customers takes a number from 1 to 250,000."),
        (
            ["--sample", "--central", "https://reception.example.gov.uk"],
            "--sample has a central service of its own: leave out --central.",
        ),
        (
            ["--central", "https://reception.example.gov.uk"],
            "There is no screen here. Start it where there is one, or with --sample.",
        ),
    ],
)
def test_options_that_cannot_be_are_said_in_a_sentence(
    tmp_path: Path, options: list[str], sentence: str
) -> None:
    done = run(tmp_path, *options)
    assert (done.returncode, done.stderr.strip(), done.stdout) == (1, sentence, "")
    assert list(tmp_path.iterdir()) == []


def test_a_number_of_customers_that_is_none_is_said(tmp_path: Path) -> None:
    done = run(tmp_path, "--sample", "--customers", "many")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("reception-app: error: argument --customers")


def test_a_folder_that_cannot_be_written_is_said_with_a_way_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "desk"
    done = run(tmp_path, "--sample", "--data", str(folder))
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(f"The folder {folder}")
    assert sentence.endswith("Choose another with --data.")


def test_m6_a_folder_in_use_is_said_on_the_screen(day: Day) -> None:
    first, _ = day.open_desks()
    again = Desk("again", first.folder, clock=day.clock, home=day.folder)
    day.desks.append(again)
    again.start("--central", day.centre.address)
    seen = again.until(lambda seen: seen.has(SENTENCE))
    assert seen[SENTENCE].startswith("This desk is open already:")
    assert seen[SENTENCE].endswith("give this one a folder of its own with --data.")
    again.press("Enter")
    assert again.ended() == 1
    assert "Traceback" not in again.log.read_text()
    assert first.see().sync.startswith("Up to date")


def test_a_first_start_waits_in_words_for_a_centre_that_does_not_answer_yet(day: Day) -> None:
    central = day.centre.start()
    day.centre.kill()
    desk = day.new_desk("desk-9")
    desk.start("--central", central)
    seen = desk.until(lambda seen: seen.has("passphrase_text"))
    desk.type("too short", into="passphrase_text")
    desk.press("Enter")
    seen = desk.until(lambda seen: seen["passphrase_text_problem"])
    assert seen["passphrase_text_problem"] == "Passphrase must be 12 characters or more"
    desk.type(PASSPHRASE, into="passphrase_text")
    desk.press("Enter")
    desk.until(lambda seen: "It is tried again until it answers." in seen["preparing_words"])

    day.centre.start()
    desk.until(lambda seen: seen.has("counter_name"))
    desk.choose("Northgate Library Hub, 40 Northgate, AB2 3NG", of="office")
    desk.press("Enter", at="counter_name")
    seen = desk.until(lambda seen: seen["counter_name_problem"])
    assert seen["counter_name_problem"] == "Enter what people call this counter"
    desk.type("Counter 9", into="counter_name")
    desk.press("Enter")
    desk.until(lambda seen: seen.has("choosing_text"))
    desk.type("jakub", into="choosing_text")
    desk.press("Enter")
    seen = desk.until(lambda seen: "Jakub" in seen["rail_person"] and seen.waiting)
    assert seen["where"] == "Northgate Library Hub · Counter 9"
    number = check_in(desk, "siobhan")
    desk.until(lambda seen: number in seen.waiting and seen.sync.startswith("Up to date"))


def test_a_first_start_that_nobody_answers_can_be_left(day: Day) -> None:
    central = day.centre.start()
    day.centre.kill()
    desk = day.new_desk("desk-9")
    desk.start("--central", central)
    desk.give_passphrase()
    desk.until(lambda seen: seen.has("preparing_leave"))
    desk.click("preparing_leave")
    assert desk.ended() == 0


def test_a_centre_of_another_version_is_said_and_work_goes_on(day: Day) -> None:
    central = day.centre.start(speaks=3)
    desk = day.new_desk("desk-1")
    desk.open(central)
    desk.until(lambda seen: seen.sync == "Update needed: tell the service desk")
    number = check_in(desk, "siobhan")
    desk.until(lambda seen: number in seen.waiting and seen.sync.endswith("1 change kept"))
    day.centre.kill()
    day.centre.start()
    desk.until(lambda seen: seen.sync.startswith("Up to date"))
    assert number in desk.see().waiting
