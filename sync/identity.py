"""Who a copy of the data is to its upstreams, and who it was before.

The secrets are kept with the data, in the same encrypted database: an old copy of the data has the
identity of that day, and what it issued under a former one it can still offer as that.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.node import fact, set_fact
from sync.proof import Audience, Identity, NewDevice, shown_to
from sync.tables import about

DEVICE = "device"
SECRET = "secret:"  # noqa: S105 - the beginning of a fact's name
SECRETS = select(about.c.name, about.c.value).where(about.c.name.startswith(SECRET))


class Identities:
    """The device that this copy is now, and the secrets of all that it has been."""

    def __init__(self, session: Session, new_device: NewDevice) -> None:
        self._new_device = new_device
        rows = session.connection().execute(SECRETS)
        self._secrets = {name.removeprefix(SECRET): value for name, value in rows}
        known = fact(session, DEVICE)
        self.device = known or ""
        if known is None:
            self.become(self.make(session))

    def can_prove(self, device: str) -> bool:
        """Whether this copy has the secret of a device; one of before there were any has none."""
        return device in self._secrets

    def make(self, session: Session) -> Identity:
        """Keep a device that there was not before; once that is durable, `become` it."""
        new = self._new_device()
        set_fact(session, DEVICE, new.device)
        set_fact(session, SECRET + new.device, new.secret)
        return new

    def become(self, identity: Identity) -> None:
        """Be this device from now on."""
        self._secrets[identity.device] = identity.secret
        self.device = identity.device

    def shown(self, audience: Audience, device: str) -> str:
        """What proves to an audience that this copy is a device, or carries what that issued."""
        return shown_to(audience, self._secrets.get(device) or self._secrets.get(self.device, ""))
