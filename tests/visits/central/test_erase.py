"""`reception-central erase` as who answers a person's request meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from sync.storage.sqlite import open_file
from tests.visits.central.processes import run
from visits.appointments.records import Appointment
from visits.central.opening import read_key
from visits.customers.records import Customer
from visits.home_visits.records import HomeVisit
from visits.queue.records import Ticket


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A centre of the sample council."""
    file = tmp_path / "centre.db"
    assert run("init", "--database", f"sqlite:///{file}", "--sample", "3000").returncode == 0
    return file


def people(file: Path) -> tuple[list[Customer], set[str]]:
    """Everybody, and the ids of those who have something at all."""
    database = open_file(file, key=read_key(file.with_suffix(".key")))
    with database.read() as session:
        everybody = session.scalars(select(Customer).order_by(Customer.id)).all()
        busy = {
            found
            for record in (Ticket, Appointment, HomeVisit)
            for found in session.scalars(select(record.customer_id))  # type: ignore[attr-defined]
            if found
        }
    database.close()
    return list(everybody), busy


def erase(file: Path, *more: str) -> tuple[int, str]:
    done = run("erase", *more, "--database", f"sqlite:///{file}")
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def test_who_would_be_erased_is_said_before_it_is_done(file: Path) -> None:
    everybody, busy = people(file)
    person = next(each for each in everybody if each.id not in busy)
    code, said = erase(file, f" {person.reference.lower()} ")
    assert code == 0
    assert said.startswith(f"{person.full_name}")
    assert f"has the reference {person.reference}." in said
    assert "It cannot be undone." in said
    assert len(people(file)[0]) == len(everybody)
    code, said = erase(file, person.reference, "--yes")
    assert (code, said.partition(".")[0]) == (0, "Erased")
    assert person.id not in {each.id for each in people(file)[0]}
    code, said = erase(file, person.reference, "--yes")
    assert code == 1
    assert said.startswith("Nobody has this reference.")


def test_what_stands_in_the_way_is_listed_before_and_after(file: Path) -> None:
    everybody, busy = people(file)
    refused = 0
    for person in everybody:
        if person.id not in busy:
            continue
        _, before = erase(file, person.reference)
        if "They cannot be erased yet" not in before:
            continue
        code, after = erase(file, person.reference, "--yes")
        assert code == 1
        assert after.startswith("Not erased: this is not over.")
        assert before.partition("not over:\n")[2] == after.partition("first.\n")[2] != ""
        refused += 1
        if refused == 3:
            return
    raise AssertionError("nobody of the sample has anything that is not over")


@pytest.mark.parametrize("act", [("erase", "C1"), ("withdraw", "x"), ("status",), ("renew",)])
def test_a_database_that_is_not_there_is_said_and_not_made(
    tmp_path: Path, act: tuple[str, ...]
) -> None:
    file = tmp_path / "typo.db"
    file.with_suffix(".key").write_text("0" * 64)
    done = run(*act, "--database", f"sqlite:///{file}")
    assert done.returncode == 1
    assert done.stderr.startswith(f"There is no database at {file}.")
    assert not file.exists()


def test_a_sample_does_not_go_into_a_centre_that_is_set_up(file: Path) -> None:
    before = people(file)[0]
    done = run("init", "--database", f"sqlite:///{file}", "--sample", "5")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("This centre is set up already.")
    assert len(people(file)[0]) == len(before)
