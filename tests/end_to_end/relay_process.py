"""`reception-relay` under the clock of a test: `python -m tests.end_to_end.relay_process`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.end_to_end.clocks import CLOCK_FILE, clock_in


def main() -> int:
    """Run a relay."""
    from visits.relay import main as relay

    relay._now = clock_in(Path(os.environ[CLOCK_FILE]))
    return relay.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
