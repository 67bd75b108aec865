"""S5: what a command may do is decided by who acts, at the centre, at the moment it is decided."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.command import Definition
from sync.decide import decide
from tests.visits.council import DESK, DESK_ELSEWHERE, OFFICER, OTHER_DESK, Council
from visits.access.rules import CENTRE, OF_A_DEVICE
from visits.customers.records import Customer
from visits.imports.commands import TakeIn
from visits.registry import commands
from visits.staff.records import StaffMember

BRINGERS = st.sampled_from([DESK, OTHER_DESK, DESK_ELSEWHERE, "relay-1", "a new device"])
NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=60)
ALL = sorted(commands(), key=lambda definition: definition.name)
MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@MANY
@given(actor=NAMES | st.sampled_from([CENTRE, DESK, OFFICER + " ", OFFICER.upper()]), by=BRINGERS)
def test_s5_who_is_not_of_the_staff_does_nothing_whatever_desk_brings_it(
    council: Council, actor: str, by: str
) -> None:
    assert council.refusal(council.check_in(), desk=by, by=actor).reason == "not_of_the_staff"


@MANY
@given(by=BRINGERS)
def test_s5_one_of_the_staff_acts_from_wherever_they_are(council: Council, by: str) -> None:
    council.do(council.check_in(), desk=by, by=OFFICER)


@pytest.mark.parametrize("definition", ALL, ids=lambda definition: definition.name)
def test_s5_every_command_asks_who_acts(council: Council, definition: Definition) -> None:
    # Arguments that nobody could have made: who acts is asked before they are looked at.
    envelope = council.node.registry.seal(
        council.check_in(), id="forged", device=DESK, seq=1, actor="forged", issued_at=council.now
    )
    fields = {"name": definition.name, "version": definition.version}
    outcome = decide(council.node, type(envelope)(**_as_dict(envelope) | fields))
    expected = "malformed" if definition.name in OF_A_DEVICE else "not_of_the_staff"
    assert (outcome.state, outcome.reason) == ("refused", expected)


def _as_dict(envelope: object) -> dict[str, object]:
    return {name: getattr(envelope, name) for name in envelope.__struct_fields__}  # type: ignore[attr-defined]


def test_s5_who_has_left_since_they_acted_is_refused_when_it_is_decided(council: Council) -> None:
    council.do(council.check_in(), by=OFFICER)
    issued_before = council.check_in()
    council.do(TakeIn(tables={}, removed={"staff_member": [OFFICER]}), desk=CENTRE, by=CENTRE)
    assert not [each for each in council.rows(StaffMember) if each.id == OFFICER]
    assert council.refusal(issued_before, by=OFFICER).reason == "not_of_the_staff"


def test_s5_the_name_of_the_centre_is_of_no_use_to_a_desk(council: Council) -> None:
    person = council.a_customer()
    removing = TakeIn(tables={}, removed={"customer": [person]})
    for desk, actor in ((DESK, CENTRE), (DESK, OFFICER), (CENTRE, OFFICER)):
        reason = council.refusal(removing, desk=desk, by=actor).reason
        assert reason in ("not_of_the_staff", "not_allowed")
    assert [each.id for each in council.rows(Customer)] == [person]
