"""The right column of Rooms: what is needed, every room in the order it is offered, and the act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from reception_app.desk.undecided import Undecided, not_yet_mark
from reception_app.parts.making import ActButton, action, label, row
from reception_app.parts.rows import Column, RowsModel
from reception_app.parts.table import RowTable
from reception_app.rooms.cells import TALL_ROW_PX, WARNS, Lines, RoomTime
from reception_app.rooms.moved_on import moved_on_words
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme
from visits.ids import RoomId
from visits.queue.rules import Clock
from visits.rooms.queries import RoomRow
from visits.rooms.rules import FEATURES, fits, in_order, lacking, next_that_fits, room_clock
from visits.words import clock_time, minutes_words

WIDTHS = (0, 196, 133, 163)
MINUTES = (10, 15, 20, 30, 45, 60, 120)
MINUTES_USUAL = 30
ACT_PX = 280
ON_A_LINE = 2
"""So many features stand on one line."""


class RoomList(QFrame):
    """Rooms that fit come first; those that do not say what they lack."""

    hold_wanted = Signal(object)
    release_wanted = Signal(object)

    def __init__(
        self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("rooms_column")
        self._now = now
        self._undecided = Undecided()
        self._rooms: tuple[RoomRow, ...] = ()
        self._whom: str | None = None
        self._looking_for: str | None = None
        self.model = RowsModel(
            (
                Column(self.tr("Room"), self._room),
                Column(self.tr("What it has"), self._features),
                Column(self.tr("Who"), self._who),
                Column(self.tr("Time"), self._time),
            ),
            lambda r: r.room_id,
            self,
        )
        self._build(theme)

    def _build(self, theme: Theme) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP_SMALL, t.GAP, t.GAP_SMALL, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        self._counts = label("", "soft", name="rooms_counts")
        head = row(label(self.tr("Rooms"), "heading"), self._counts, spacing=t.GAP)
        head.setContentsMargins(t.GAP_SMALL, 0, t.GAP_SMALL, 0)
        head.addStretch()
        column.addLayout(head)
        column.addLayout(self._build_filters())
        self.table = RowTable(self.model, "rooms_list", self.tr("Rooms"), self)
        self.table.widths(*WIDTHS)
        self.table.verticalHeader().setDefaultSectionSize(TALL_ROW_PX)
        for number in range(len(WIDTHS)):
            plain = Lines(theme, self.table, first_strong=number != 1)
            self.table.setItemDelegateForColumn(number, plain)
        self._time_cell = RoomTime(theme, self.table, self._clock)
        self.table.setItemDelegateForColumn(len(WIDTHS) - 1, self._time_cell)
        self.table.selectionModel().currentChanged.connect(lambda *_: self._allow())
        self.table.activated.connect(lambda _: self.hold_act.trigger())
        column.addWidget(self.table, 1)
        self.problem = label("", "error", name="rooms_problem", wraps=True)
        self.problem.setContentsMargins(t.GAP_SMALL, 0, t.GAP_SMALL, 0)
        self.problem.hide()
        column.addWidget(self.problem)
        column.addLayout(self._build_acts())
        self._allow()

    def _build_filters(self) -> QHBoxLayout:
        needed = row(label(self.tr("Must have"), "label"), spacing=t.GAP_SMALL)
        needed.setContentsMargins(t.GAP_SMALL, 0, t.GAP_SMALL, 0)
        self.filters: dict[str, QCheckBox] = {}
        for name, words in FEATURES.items():
            box = QCheckBox(words)
            box.setObjectName(f"need_{name}")
            box.setAccessibleName(self.tr("Must have: {need}").format(need=words))
            box.toggled.connect(lambda _: self._show())
            self.filters[name] = box
            needed.addWidget(box)
        needed.addStretch()
        return needed

    def _build_acts(self) -> QHBoxLayout:
        self._planned = QComboBox()
        self._planned.setObjectName("minutes_planned")
        self._planned.setAccessibleName(self.tr("Minutes planned"))
        for minutes in MINUTES:
            self._planned.addItem(minutes_words(minutes), minutes)
        self._planned.setCurrentIndex(MINUTES.index(MINUTES_USUAL))
        self.release_act = action(self, "release_room", self.tr("Release"), "F6", self._on_release)
        self.hold_act = action(self, "hold_room", self.tr("Hold"), "F5", self._on_hold)
        big = ActButton(self.hold_act, "big")
        big.setMinimumWidth(ACT_PX)
        acts = row(
            label(self.tr("For"), "label"),
            self._planned,
            ActButton(self.release_act),
            spacing=t.GAP_SMALL,
        )
        acts.setContentsMargins(t.GAP_SMALL, 0, t.GAP_SMALL, 0)
        acts.addStretch()
        acts.addWidget(big)
        return acts

    def show_rooms(self, rooms: Sequence[RoomRow]) -> None:
        """The rooms as they stand. A chosen room that was just taken gives way to the next."""
        before = self.chosen()
        self._rooms = tuple(rooms)
        self._undecided.note(room.room_id for room in rooms if room.undecided)
        self._show()
        now = self.chosen()
        if now is None or (before is not None and before.is_free and not now.is_free):
            self.choose_next_that_fits()

    def show_whom(self, whom: str | None) -> None:
        """Whom a room is held for, as it ends the act's words; None when nobody is meant."""
        self._whom = whom
        self._allow()

    def show_looking(self, number: str | None) -> None:
        """Offer nothing to anybody while a person is looked for; None when that is over."""
        self._looking_for = number
        self._allow()

    def need(self, features: frozenset[str]) -> None:
        """Set what is needed, and choose the first room that has it."""
        for name, box in self.filters.items():
            box.blockSignals(True)
            box.setChecked(name in features)
            box.blockSignals(False)
        self._show()
        self.choose_next_that_fits()

    @property
    def needed(self) -> frozenset[str]:
        """What is needed."""
        return frozenset(name for name, box in self.filters.items() if box.isChecked())

    @property
    def minutes_planned(self) -> int:
        """How long the room is wanted for."""
        minutes: int = self._planned.currentData()
        return minutes

    def chosen(self) -> RoomRow | None:
        """The room chosen."""
        found: RoomRow | None = self.table.chosen()
        return found

    def choose(self, room_id: RoomId) -> None:
        """Choose a room."""
        number = self.model.number_of(room_id)
        if number is not None:
            self.table.selectRow(number)

    def choose_next_that_fits(self) -> RoomRow | None:
        """Choose the first free room that fits; None when there is none, and then nothing moves."""
        found = next_that_fits(self._rooms, self.needed)
        if found is not None:
            self.choose(found.room_id)
        return found

    def show_problem(self, words: str) -> None:
        """What stood in the way, beside the act."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def tick(self) -> None:
        """A second has passed: the clocks move, nothing else does."""
        self.table.viewport().update()

    def _show(self) -> None:
        self.model.show(in_order(self._rooms, self.needed))
        self.table.viewport().update()
        free = sum(1 for room in self._rooms if room.is_free)
        self._counts.setText(
            self.tr("{free} of {all} free").format(free=free, all=len(self._rooms))
        )
        self._allow()

    def _allow(self) -> None:
        room = self.chosen()
        is_free = room is not None and room.is_free
        has_moved_on = room is not None and bool(moved_on_words(room))
        may_hold = is_free and self._whom is not None
        self.hold_act.setEnabled(self._looking_for is None and (may_hold or has_moved_on))
        self.release_act.setEnabled(room is not None and not room.is_free)
        if self._looking_for is not None:
            words = self.tr("Looking up {number}").format(number=self._looking_for)
            self.hold_act.setText(words)
        elif room is not None and has_moved_on:
            self.hold_act.setText(self.tr("Release {room}").format(room=room.name))
        elif self._whom is None:
            self.hold_act.setText(self.tr("Choose a person"))
        elif not is_free or room is None:
            self.hold_act.setText(self.tr("Choose a free room"))
        else:
            words = self.tr("Hold {room} {whom}").format(room=room.name, whom=self._whom)
            self.hold_act.setText(words.strip())

    def _on_hold(self) -> None:
        room = self.chosen()
        if room is None or not self.hold_act.isEnabled():
            return
        (self.hold_wanted if room.is_free else self.release_wanted).emit(room)

    def _on_release(self) -> None:
        self.release_wanted.emit(self.chosen())

    def _clock(self, room: RoomRow) -> Clock | None:
        if room.from_at is None or room.minutes_planned is None or moved_on_words(room):
            return None
        return room_clock(
            from_at=room.from_at, minutes_planned=room.minutes_planned, now=self._now()
        )

    def _room(self, room: RoomRow) -> str:
        return f"{room.name}\n" + self.tr("{seats} seats").format(seats=room.seats)

    def _features(self, room: RoomRow) -> str:
        found = [words for name, words in FEATURES.items() if name in room.features]
        parts = [found[:ON_A_LINE], found[ON_A_LINE:]]
        lines = [_listed(part) for part in parts if part] or [self.tr("No extras")]
        missing = lacking(room.features, self.needed)
        if missing:
            lines.append(f"{WARNS} " + self.tr("Lacks {what}").format(what=_lower(missing)))
        return "\n".join(lines)

    def _who(self, room: RoomRow) -> str:
        if room.from_at is None:
            return ""
        has_ticket = room.ticket_number is not None
        name = f"{room.ticket_number}\n{room.person}" if has_ticket else room.held_by
        # How long it has been held stands beside it in any case.
        is_marked = self._undecided.is_marked(room.room_id)
        return f"{name}\n" + (not_yet_mark() if is_marked else f"since {clock_time(room.from_at)}")

    def _time(self, room: RoomRow) -> str:
        moved_on = moved_on_words(room)
        if moved_on:
            return f"{WARNS} " + "\n".join(moved_on)
        clock = self._clock(room)
        if clock is not None:
            return clock.words
        return "● Free" if fits(room.features, self.needed) else self.tr("Free")


def _listed(words: Sequence[str]) -> str:
    return ", ".join([words[0], *(_lower([word]) for word in words[1:])])


def _lower(words: Sequence[str]) -> str:
    return ", ".join(word[0].lower() + word[1:] for word in words)
