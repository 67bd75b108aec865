"""`reception-central` under the clock of a test: `python -m tests.end_to_end.central_process`.

It is the shipped program. With `--speak N` it is one of another version of the wire.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.end_to_end.clocks import CLOCK_FILE, clock_in


def main() -> int:
    """Run one command of the central service."""
    from sync import authority
    from visits.central import main as central

    clock = clock_in(Path(os.environ[CLOCK_FILE]))
    central._now = clock
    arguments = sys.argv[1:]
    if arguments[0] == "--speak":
        authority.WIRE_VERSION = int(arguments[1])
        arguments = arguments[2:]
    return central.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
