"""A device proves that it is the one it says; nobody else can, not even who was shown a proof."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from sync.proof import Audience, identity_of, new_identity, shown_by, shown_to

SECRETS = st.text(min_size=1, max_size=80)
AUDIENCES = st.sampled_from(Audience)


@given(SECRETS, AUDIENCES)
def test_w2_what_a_device_shows_tells_who_it_is(secret: str, audience: Audience) -> None:
    assert shown_by(audience, shown_to(audience, secret)) == identity_of(secret).device


@given(SECRETS, SECRETS, AUDIENCES)
def test_w2_no_two_devices_are_called_alike(one: str, other: str, audience: Audience) -> None:
    alike = identity_of(one).device == shown_by(audience, shown_to(audience, other))
    assert alike == (one == other)


@given(SECRETS)
def test_w2_what_a_relay_was_shown_proves_nothing_to_the_centre(secret: str) -> None:
    told = shown_to(Audience.RELAY, secret)
    proof, digest = told.split(".")
    device = identity_of(secret).device
    for tried in (told, f"{digest}.{proof}", f"{proof}.{proof}", f"{digest}.{digest}"):
        assert shown_by(Audience.CENTRE, tried) != device


@given(SECRETS, AUDIENCES, st.data())
def test_w2_a_proof_that_was_changed_is_another_s_or_nobody_s(
    secret: str, audience: Audience, data: st.DataObject
) -> None:
    shown = shown_to(audience, secret)
    place = data.draw(st.integers(0, len(shown) - 1))
    letter = data.draw(st.characters().filter(lambda each: each != shown[place]))
    changed = shown[:place] + letter + shown[place + 1 :]
    assert shown_by(audience, changed) != identity_of(secret).device


@given(st.text() | st.from_regex(r"[0-9a-f]{64}\.[0-9a-f]{64}\n"), AUDIENCES)
def test_w2_what_is_no_proof_is_nobody_s(shown: str, audience: Audience) -> None:
    assert shown_by(audience, shown) is None


def test_w2_a_new_device_is_one_that_there_was_not() -> None:
    draw = random.Random(1).getrandbits
    made = [new_identity(draw) for _ in range(100)]
    assert len({each.device for each in made}) == len({each.secret for each in made}) == 100
