"""The right side of Visits: the visit's sheet with the officer's card, and its acts."""

from __future__ import annotations

import base64
import binascii

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from reception_app.home_visits.asking import AskDelay, AskIdShown
from reception_app.home_visits.telling import ShownVisit, expected_words, notice_words
from reception_app.parts.making import ActButton, action, label, row, surface
from reception_app.theme import tokens as t
from visits.customers.needs import words
from visits.home_visits.queries import Officer
from visits.home_visits.rules import NEXT_ACT, may
from visits.words import clock_time, minutes_words, time_range

SHEET_PX = 292
PHOTO = QSize(72, 90)
NEXT_WORDS = {"set_off": "On the way", "arrive": "Arrived", "finish": "Finish visit"}


class VisitSheet(QFrame):
    """What the officer shows at the door, what the visit is about, and what happens next.

    `act_wanted` names the act: set_off, finish, no_answer, print_notice. Arriving and a delay ask
    one thing first, in the place of the acts, and come as their own signals.
    """

    act_wanted = Signal(str)
    arrived = Signal(bool)
    delayed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "surface")
        self.setObjectName("visit_sheet")
        self.setFixedWidth(SHEET_PX)
        self._shown: ShownVisit | None = None
        self._pictured: str | None = None
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(t.GAP, t.GAP, t.GAP, t.GAP)
        column.setSpacing(t.GAP_SMALL)
        column.addWidget(self._build_paper(), 1)
        self._acts = QWidget()
        acts = QVBoxLayout(self._acts)
        acts.setContentsMargins(0, 0, 0, 0)
        acts.setSpacing(t.GAP_SMALL)
        self._build_acts(acts)
        column.addWidget(self._acts)
        self.ask_id = AskIdShown()
        self.ask_id.answered.connect(self._on_id_shown)
        self.ask_delay = AskDelay()
        self.ask_delay.answered.connect(self._on_delay)
        for question in (self.ask_id, self.ask_delay):
            question.left.connect(self.stop_asking)
            question.hide()
            column.addWidget(question)

    def _build_paper(self) -> QScrollArea:
        area = QScrollArea(self)
        inside = QWidget(area)
        area.setWidget(inside)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, t.GRID, 0)
        column.setSpacing(t.GAP_SMALL)
        self._who = label("", "heading", name="visit_who", wraps=True)
        self._where = label("", "soft", name="visit_where", wraps=True)
        column.addWidget(self._who)
        column.addWidget(self._where)
        column.addWidget(self._build_card())
        self._lines: dict[str, QLabel] = {}
        for name in ("promise", "see", "why", "needs", "bring", "ring", "notice", "withheld"):
            line = label("", "strong" if name in ("promise", "withheld") else "", wraps=True)
            line.setObjectName(f"visit_{name}")
            self._lines[name] = line
            column.addWidget(line)
        column.addStretch()
        area.setObjectName("visit_paper")
        area.setAccessibleName(self.tr("The visit"))
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return area

    def _build_card(self) -> QFrame:
        self._card, inner = surface("sunk")
        inner.addWidget(label(self.tr("Show at the door"), "label"))
        self._photo = QLabel()
        self._photo.setObjectName("officer_photo")
        self._photo.setFixedSize(PHOTO)
        beside = QVBoxLayout()
        beside.setSpacing(t.GRID)
        self._officer = label("", "strong", name="officer_name", wraps=True)
        self._role = label("", "soft", name="officer_role", wraps=True)
        self._number = label("", "soft", name="officer_card", wraps=True)
        self._ring = label("", "", name="officer_ring", wraps=True)
        for part in (self._officer, self._role, self._number, self._ring):
            beside.addWidget(part)
        beside.addStretch()
        side = row(self._photo, beside, spacing=t.GAP)
        side.setAlignment(self._photo, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(side)
        return self._card

    def _build_acts(self, column: QVBoxLayout) -> None:
        self.delay_act = self._act("delay", self.tr("Delayed"), "F6", self._ask_delay)
        self.no_answer_act = self._act("no_answer", self.tr("No answer"), "F7")
        self.notice_act = self._act("print_notice", self.tr("Print the notice"), "Ctrl+Shift+P")
        self.next_act = self._act("next", self.tr("On the way"), "F5", self._on_next)
        grid = QGridLayout()
        grid.setSpacing(t.GAP_SMALL)
        grid.addWidget(ActButton(self.delay_act), 0, 0)
        grid.addWidget(ActButton(self.no_answer_act), 0, 1)
        grid.addWidget(ActButton(self.notice_act), 1, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addWidget(ActButton(self.next_act, "big"))

    def _act(self, name: str, text: str, key: str, act=None) -> QAction:  # noqa: ANN001 - a callable
        return action(self, name, text, key, act or (lambda: self.act_wanted.emit(name)))

    def show_visit(self, shown: ShownVisit | None, officer: Officer | None) -> None:
        """The visit chosen, or none."""
        before = self._shown.visit.visit_id if self._shown else None
        self._shown = shown
        if shown is None or shown.visit.visit_id != before:
            self.stop_asking()
        self._card.setVisible(shown is not None and officer is not None)
        if officer is not None:
            self._show_officer(officer)
        if shown is None:
            self._who.setText(self.tr("No visit chosen"))
            self._where.setText(self.tr("Choose a visit in the list to see its sheet."))
        else:
            self._show_paper(shown)
        for line in self._lines.values():
            line.setVisible(shown is not None and bool(line.text()))
        self._allow()

    def _show_officer(self, officer: Officer) -> None:
        if officer.photo != self._pictured:
            # Shown again with every visit that is chosen, and slow to decode.
            self._pictured = officer.photo
            self._photo.setPixmap(_photograph(officer.photo))
        self._photo.setAccessibleName(
            self.tr("Photograph of {name}").format(name=officer.full_name)
        )
        self._officer.setText(officer.full_name)
        self._role.setText(f"{officer.role}, {officer.team}")
        self._number.setText(self.tr("ID card {number}").format(number=officer.card_number))
        self._ring.setText(self.tr("To check, ring {number}").format(number=officer.number_to_ring))

    def _show_paper(self, shown: ShownVisit) -> None:
        visit = shown.visit
        self._who.setText(visit.customer)
        window = time_range(visit.window_starts_at, visit.window_ends_at)
        about = f"{clock_time(visit.planned_at)}, {minutes_words(visit.duration_minutes)}"
        self._where.setText(
            f"{visit.address}\n"
            + self.tr("{about} · agreed {window} · {reference}").format(
                about=about, window=window, reference=visit.reference
            )
        )
        needs = ", ".join(words(need) for need in visit.needs)
        texts = {
            "promise": self._promise(shown),
            "see": self.tr("Who to see: {who}").format(who=visit.who_to_see)
            if visit.who_to_see != visit.customer
            else "",
            "why": self.tr("Why: {reason}").format(reason=visit.reason),
            "needs": self.tr("Needs: {needs}").format(needs=needs) if needs else "",
            "bring": self.tr("Bring: {what}").format(what=", ".join(visit.bring))
            if visit.bring
            else "",
            "ring": self.tr("Resident’s phone: {phone}").format(phone=visit.phone)
            if visit.phone
            else "",
            "notice": notice_words(visit.notice),
            "withheld": self.tr("Details withheld: the notice names the team and no officer.")
            if visit.details_withheld
            else "",
        }
        for name, text in texts.items():
            self._lines[name].setText(text)

    def _promise(self, shown: ShownVisit) -> str:
        expected = expected_words(shown)
        if expected and not shown.visit.delay_minutes:
            expected += " " + self.tr("Tell the resident.")
        if shown.visit.provisional:
            expected += " " + self.tr("Provisional: the centre has not confirmed it yet.")
        return expected.strip()

    def _allow(self) -> None:
        state = self._shown.visit.state if self._shown else ""
        next_name = NEXT_ACT.get(state)
        self.next_act.setEnabled(next_name is not None)
        if next_name is not None:
            self.next_act.setText(NEXT_WORDS[next_name])
        else:
            self.next_act.setText(self.tr("Visit is over") if state else self.tr("On the way"))
        self.delay_act.setEnabled(may(state, "delay"))
        self.no_answer_act.setEnabled(may(state, "no_answer"))
        self.notice_act.setEnabled(self._shown is not None)

    def _on_next(self) -> None:
        name = NEXT_ACT.get(self._shown.visit.state) if self._shown else None
        if name == "arrive":
            self._ask(self.ask_id)
        elif name is not None:
            self.act_wanted.emit(name)

    def _ask_delay(self) -> None:
        self.ask_delay.begin()
        self._ask(self.ask_delay)

    def _ask(self, question: QWidget) -> None:
        for part in (self._acts, self.ask_id, self.ask_delay):
            part.setVisible(part is question)
        question.setFocus()

    def stop_asking(self) -> None:
        """Back from a question to the acts."""
        was_asking = self._acts.isHidden()
        self._ask(self._acts)
        if was_asking:
            self._acts.setFocus()

    def _on_id_shown(self, shown: bool) -> None:
        self.stop_asking()
        self.arrived.emit(shown)

    def _on_delay(self, minutes: int) -> None:
        self.stop_asking()
        self.delayed.emit(minutes)


def _photograph(photo: str) -> QPixmap:
    """The picture of a card, as large as the sheet shows it; blank where there is none."""
    made = QPixmap()
    try:
        made.loadFromData(base64.b64decode(photo, validate=True))
    except binascii.Error:
        return made
    if made.isNull():
        return made
    return made.scaled(
        PHOTO,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
