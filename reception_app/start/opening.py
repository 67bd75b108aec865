"""From a folder to a desk at work: the key, the database, the first data, the office joined."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from msgspec import Struct
from PySide6.QtWidgets import QDialog

from reception_app.desk.keys import KeyGone, KeyUnreachable, NoKeyring, PassphraseKeys
from reception_app.desk.rescue import Rescue, set_aside
from reception_app.desk.runtime import Runtime, open_node
from reception_app.start.asking import Passphrase, WhichCounter
from reception_app.start.preparing import Abandoned, Preparing
from reception_app.start.where import SAMPLE_CUSTOMERS, Place
from sync.errors import DatabaseUnreadable, Refusal, Withdrawn
from sync.node import Node
from sync.standing import standing
from sync.upstream.line import Health
from visits.ids import OfficeId, StaffId
from visits.offices.commands import JoinOffice
from visits.offices.queries import Seat, offices, seat_of

PASSPHRASE_SALT = "passphrase.salt"
SAMPLE_OFFICE = OfficeId("sample-office-civic")
SAMPLE_PERSON = StaffId("sample-staff-04")


class Opened(Struct, frozen=True):
    """A desk's node; with `rescue` when it had to begin anew beside a file kept aside."""

    node: Node
    rescue: Rescue | None = None


def open_place(place: Place, preparing: Preparing, *, now: datetime) -> Opened:
    """Open the desk; one whose file is damaged or has lost its key begins anew, its file kept.

    `now` in local time. Raises Abandoned, KeyUnreachable, OtherVersion or StorageFailed.
    """
    database = place.folder.database
    try:
        return Opened(_whole(place, _open(place, preparing)))
    except KeyGone:
        rescue = set_aside(database, key=None, now=now)
    except DatabaseUnreadable:
        key = place.keys.key(place.folder.path, is_new=False)
        rescue = set_aside(database, key=key, now=now)
        return Opened(open_node(database, key), rescue)
    return Opened(_open(place, preparing), rescue)


def _whole(place: Place, node: Node) -> Node:
    """The node, once what a start needs could be read. Raises DatabaseUnreadable.

    Damage elsewhere in the file shows at work only; it has left its mark then.
    """
    mark = place.folder.damage_mark
    try:
        with node.database.read() as session:
            standing(session)
        if mark.exists():
            raise DatabaseUnreadable("it was found damaged at work")
    except DatabaseUnreadable:
        node.database.close()
        mark.unlink(missing_ok=True)
        raise
    return node


def _open(place: Place, preparing: Preparing) -> Node:
    is_new = not place.folder.database.exists()
    if (place.folder.path / PASSPHRASE_SALT).exists():
        return _with_passphrase(place, preparing, is_new=False)
    try:
        key = preparing.do(
            "Asking the keyring for this desk's key.",
            lambda: place.keys.key(place.folder.path, is_new=is_new),
        )
    except NoKeyring:
        return _with_passphrase(place, preparing, is_new=is_new)
    return open_node(place.folder.database, key)


def _with_passphrase(place: Place, preparing: Preparing, *, is_new: bool) -> Node:
    wrong = False
    while True:
        question = Passphrase(is_new=is_new, wrong=wrong)
        if question.exec() != QDialog.DialogCode.Accepted:
            raise Abandoned
        place.keys = keys = PassphraseKeys(question.passphrase)
        folder = place.folder.path
        key = preparing.do("Opening this desk.", partial(keys.key, folder, is_new=is_new))
        try:
            return open_node(place.folder.database, key)
        except DatabaseUnreadable:
            if is_new or keys.is_right(folder):
                raise
            wrong = True


def set_up_own_centre(place: Place, preparing: Preparing, *, customers: int | None) -> None:
    """Make the desk's own centre when there is none. Raises CentreDidNotStart or Abandoned."""
    embedded = place.embedded
    if embedded is None or embedded.database.exists():
        return
    words = "Setting up a central service on this computer."
    if place.is_sample:
        customers = SAMPLE_CUSTOMERS if customers is None else customers
        words = f"Making up a council with {customers:,} people. None of them is real."
    preparing.do(
        words, lambda: embedded.set_up(sample_customers=customers if place.is_sample else None)
    )


def take_seat(place: Place, runtime: Runtime, preparing: Preparing) -> Seat:
    """Where the desk stands; a new one fetches its data and joins an office first.

    Raises Abandoned, Withdrawn, or Refusal when the office cannot take another desk.
    """
    seat = _seat(runtime)
    if seat is not None:
        return seat
    runtime.start()
    preparing.until(
        "Fetching the council's data from the central service. It is tried again until it answers.",
        lambda: _has_data(runtime) or _is_withdrawn(runtime),
        runtime.rows_changed,
    )
    if _is_withdrawn(runtime):
        raise Withdrawn
    command = _joining(place, runtime)
    refused: list[Exception] = []
    runtime.ask(command, lambda _: None, refused.append)
    preparing.until(
        "Joining the office.",
        lambda: bool(refused) or _seat(runtime) is not None and _holds_office(runtime, command),
        runtime.rows_changed,
    )
    if refused and isinstance(refused[0], Refusal):
        raise refused[0]
    found = _seat(runtime)
    if found is None:
        raise Abandoned
    return found


def _joining(place: Place, runtime: Runtime) -> JoinOffice:
    if place.is_sample:
        return JoinOffice(office_id=SAMPLE_OFFICE, counter_name=place.settings.counter_name)
    with runtime.node.database.read() as session:
        choices = offices(session)
    if not choices:
        raise NoOffices(
            "The central service knows no office yet. Take in your lists first: "
            "`reception-central import --help` says how."
        )
    question = WhichCounter(choices)
    if question.exec() != QDialog.DialogCode.Accepted:
        raise Abandoned
    return JoinOffice(office_id=question.office_id, counter_name=question.counter_name)


class NoOffices(Exception):
    """The centre is empty; the text says what to do."""


def _seat(runtime: Runtime) -> Seat | None:
    with runtime.node.database.read() as session:
        return seat_of(session, runtime.desk.device)


def _has_data(runtime: Runtime) -> bool:
    with runtime.node.database.read() as session:
        return standing(session).has_data


def _is_withdrawn(runtime: Runtime) -> bool:
    return runtime.line_state.health is Health.WITHDRAWN


def _holds_office(runtime: Runtime, command: JoinOffice) -> bool:
    from visits.scopes import of_office

    scope = of_office(command.office_id)
    # Today's queue comes first: the desk can work while the rest comes.
    return scope in runtime.desk.position()[1] or runtime.desk.loads.of(scope) is not None


Sentence = Callable[[Path], str]
CANNOT_OPEN: dict[type[Exception], Sentence] = {
    KeyUnreachable: lambda folder: (
        f"The keyring that has the key of this desk's data in {folder} does not answer. Nothing "
        "is lost. Unlock the keyring of this computer and start again, or tell the service desk."
    ),
    Withdrawn: lambda folder: (
        "The council has withdrawn this computer: it is given nothing any more. What was done here "
        f"and not sent is kept in {folder}. Tell the service desk; to use this computer again, "
        "they set it up as a new desk in another folder."
    ),
}
"""What stands in the way of opening, and what to do, when it is nothing that can be asked."""
