"""The little a first start must ask: whose service, which office and counter."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from reception_app.parts.making import field, label, show_problem
from reception_app.start.where import EMBEDDED
from reception_app.theme import tokens as t
from visits.ids import OfficeId
from visits.offices.queries import OfficeChoice


def address_problem(text: str) -> str | None:
    """What is wrong with the address of a central service; None when it can be tried."""
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "Enter an address like https://reception.example.gov.uk"
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        return "The address must begin with https, so that nobody can listen in"
    return None


class _Question(QDialog):
    """A question with one primary act at its foot."""

    def __init__(self, name: str, heading: str, act: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setWindowTitle(heading)
        self.setMinimumWidth(t.RAIL_PX * 6)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE, t.GAP_LARGE)
        self.column.setSpacing(t.GAP)
        self.column.addWidget(label(heading, "heading"))
        self._go = QPushButton(act)
        self._go.setObjectName(f"{name}_go")
        self._go.setProperty("kind", "primary")
        self._go.setDefault(True)
        self._go.clicked.connect(self.take)

    def finish(self) -> None:
        """Put the act below all that was added."""
        self.column.addStretch()
        self.column.addWidget(self._go)

    def take(self) -> None:
        """The act was pressed."""
        raise NotImplementedError


class WhoseService(_Question):
    """The council's central service, or one of your own on this machine."""

    def __init__(self) -> None:
        super().__init__("whose_service", self.tr("Whose service is this desk part of?"), "")
        self._go.setText(self.tr("Continue"))
        self.central = ""
        self._council = QRadioButton(self.tr("My council’s central service"))
        self._council.setObjectName("service_of_council")
        self._council.setChecked(True)
        self._own = QRadioButton(self.tr("One of your own on this machine, to begin with"))
        self._own.setObjectName("service_of_own")
        address, self._address, self._wrong = field(
            self.tr("Address of the central service"),
            "central_address",
            hint="https://reception.example.gov.uk",
        )
        self._council.toggled.connect(self._address.setEnabled)
        self.column.addWidget(self._council)
        self.column.addLayout(address)
        self.column.addWidget(self._own)
        self.column.addWidget(
            label(
                self.tr(
                    "Your own begins empty: its offices, services and staff come from your lists. "
                    "To look around first, start with --sample."
                ),
                "soft",
                wraps=True,
            )
        )
        self.finish()
        self._address.setFocus()

    def take(self) -> None:
        if self._own.isChecked():
            self.central = EMBEDDED
            self.accept()
            return
        problem = address_problem(self._address.text())
        show_problem(self._address, self._wrong, problem)
        if problem is None:
            self.central = self._address.text().strip()
            self.accept()


class WhichCounter(_Question):
    """The office this desk stands in, and the name of its counter."""

    def __init__(self, offices: Sequence[OfficeChoice]) -> None:
        super().__init__("which_counter", self.tr("Where does this desk stand?"), "")
        self._go.setText(self.tr("Join this office"))
        self._office = QComboBox()
        self._office.setObjectName("office")
        self._office.setAccessibleName(self.tr("Office"))
        for office in offices:
            self._office.addItem(f"{office.name}, {office.address}", office.office_id)
        about = label(self.tr("Office"), "label")
        about.setBuddy(self._office)
        counter, self._counter, self._wrong = field(
            self.tr("What people call this counter"), "counter_name", hint=self.tr("Counter 3")
        )
        self.column.addWidget(about)
        self.column.addWidget(self._office)
        self.column.addLayout(counter)
        self.finish()

    @property
    def office_id(self) -> OfficeId:
        """The office chosen."""
        return OfficeId(self._office.currentData())

    @property
    def counter_name(self) -> str:
        """The counter as it was typed."""
        return self._counter.text().strip()

    def take(self) -> None:
        problem = None if self.counter_name else self.tr("Enter what people call this counter")
        show_problem(self._counter, self._wrong, problem)
        if problem is None:
            self.accept()


class Passphrase(_Question):
    """This computer has no keyring: a passphrase opens the desk's data, or nothing is kept."""

    def __init__(self, *, is_new: bool, wrong: bool, parent: QWidget | None = None) -> None:
        super().__init__("passphrase", self.tr("A passphrase for this desk"), "")
        self._go.setText(self.tr("Open this desk"))
        self._is_new = is_new
        words = (
            self.tr(
                "This computer has no keyring that this app accepts, so the key of the desk’s "
                "data is kept nowhere. A passphrase opens it; nobody can recover it."
            )
            if is_new
            else self.tr("Enter the passphrase that this desk was set up with.")
        )
        self.column.addWidget(label(words, "soft", wraps=True))
        above, self._edit, self._wrong = field(self.tr("Passphrase"), "passphrase_text")
        self._edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.column.addLayout(above)
        self.finish()
        if wrong:
            show_problem(self._edit, self._wrong, self.tr("That is not the passphrase"))

    @property
    def passphrase(self) -> str:
        """As it was typed."""
        return self._edit.text()

    def take(self) -> None:
        from reception_app.desk.keys import PASSPHRASE_CHARACTERS_MIN

        short = self._is_new and len(self.passphrase) < PASSPHRASE_CHARACTERS_MIN
        problem = (
            f"Passphrase must be {PASSPHRASE_CHARACTERS_MIN} characters or more" if short else None
        )
        show_problem(self._edit, self._wrong, problem or None)
        if not short and self.passphrase:
            self.accept()
