"""People are added with the least that is needed, and their needs noted."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from sync.command import Arguments, Context, Registry
from sync.errors import Refusal
from visits.customers.names import (
    birth_date_problem,
    fold,
    name_problem,
    phone_digits,
    phone_problem,
    postcode_problem,
    postcode_written,
)
from visits.customers.records import Customer, CustomerDetails
from visits.ids import CustomerId, OfficeId
from visits.record import check_new
from visits.scopes import COUNCIL, of_office

COMMANDS = Registry()


class AddCustomer(Arguments, frozen=True):
    """A new person, with a card for all desks and details for this office."""

    customer_id: CustomerId
    details_id: str
    office_id: OfficeId
    reference: str
    full_name: str
    on_date: date
    known_as: str = ""
    born_on: date | None = None
    postcode: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    language: str = "en"
    access_needs: list[str] = []


@COMMANDS.command("customers.add", AddCustomer)
def add_customer(session: Session, args: AddCustomer, context: Context) -> None:
    """Anyone at a desk. `on_date` is today at the desk.

    Refused: `id_taken`; `wrong_field` with `field` and `problem` in words.
    """
    _check(args)
    check_new(session, (Customer, args.customer_id), (CustomerDetails, args.details_id))
    session.add(
        Customer(
            id=args.customer_id,
            scope=COUNCIL,
            reference=args.reference,
            full_name=args.full_name.strip(),
            known_as=args.known_as.strip(),
            born_on=args.born_on,
            postcode=postcode_written(args.postcode),
            language=args.language,
            access_needs=list(args.access_needs),
            name_folded=folded_card(args.full_name, args.known_as, args.postcode, args.reference),
        )
    )
    session.add(
        CustomerDetails(
            id=args.details_id,
            scope=of_office(args.office_id),
            customer_id=args.customer_id,
            address=args.address,
            phone=args.phone,
            email=args.email,
            phone_folded=phone_digits(args.phone),
        )
    )


def _check(args: AddCustomer) -> None:
    problems = {
        "full_name": name_problem(args.full_name),
        "postcode": postcode_problem(args.postcode) if args.postcode else None,
        "phone": phone_problem(args.phone) if args.phone else None,
        "born_on": birth_date_problem(args.born_on, today=args.on_date) if args.born_on else None,
    }
    for field, problem in problems.items():
        if problem:
            raise Refusal("wrong_field", field=field, problem=problem)


def folded_card(full_name: str, known_as: str, postcode: str, reference: str) -> str:
    """What a search over cards compares: names, postcode and reference, folded."""
    written = postcode_written(postcode)
    parts = (full_name, known_as, written, written.replace(" ", ""), reference)
    return " ".join(fold(part) for part in parts if part.strip())


class NoteNeeds(Arguments, frozen=True):
    """What helps a person, kept on their card so that they need not say it again."""

    customer_id: CustomerId
    access_needs: list[str]


@COMMANDS.command("customers.note_needs", NoteNeeds)
def note_needs(session: Session, args: NoteNeeds, context: Context) -> None:
    """Anyone at a desk. Refused: `not_found`."""
    customer = session.get(Customer, args.customer_id)
    if customer is None:
        raise Refusal("not_found")
    customer.access_needs = list(args.access_needs)
