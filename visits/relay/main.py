"""`reception-relay`: lets the desks of one office share one queue while the centre is away."""

from __future__ import annotations

import argparse
import logging
import secrets
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from sync.errors import DatabaseUnreadable, OtherVersion, StorageFailed
from sync.proof import Audience, new_identity
from visits.central.main import LOG_LEVELS
from visits.central.opening import SQLITE, CannotOpen, make_key, open_database
from visits.central.serving import AddressTaken, serve
from visits.migrations.steps import migrate
from visits.relay.running import OfficeRelay, Post

TITLE = "Council reception: office relay"
PORT = 8621
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - no desk can reach a relay by these
EXAMPLES = """\
examples:
  reception-relay --office "Civic Centre" --upstream https://reception.example.gov.uk \\
                  --host 0.0.0.0 --address http://relay.civic-centre.example:8621

Desks need no setting: the centre tells those of the office where their relay is. Each goes through
it while it answers, to the centre while it does not, and works alone when neither does. What the
office did is kept here, encrypted, until the centre has it.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Relay until told to stop; the exit code is 0 when it ended well."""
    args = _parser().parse_args(argv)
    try:
        with ExitStack() as opened:
            return _relay(args, opened)
    except (CannotOpen, OtherVersion, AddressTaken) as error:
        return _failed(str(error))
    except DatabaseUnreadable:
        return _failed("The database cannot be read: it is damaged, or the key is another's.")
    except StorageFailed as error:
        return _failed(f"The database cannot be written ({error.cause}).")
    except OSError as error:
        return _failed(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reception-relay",
        description="Lets the desks of one office share one queue while the centre is away.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--office", required=True, help="the office, by its name or id")
    parser.add_argument("--upstream", required=True, metavar="URL", help="the central service")
    parser.add_argument(
        "--database",
        metavar="URL",
        help="sqlite:///FILE; has a default. A new one gets a key file beside it",
    )
    parser.add_argument("--key-file", type=Path, help="default FILE.key")
    parser.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1: this machine alone")
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"default {PORT}; 0 takes a free one"
    )
    parser.add_argument(
        "--address", metavar="URL", help="where desks reach it; default what it listens at"
    )
    parser.add_argument("--address-file", type=Path, help="write the address there once listening")
    parser.add_argument("--metrics", action="store_true", help="tell figures at /metrics")
    parser.add_argument("--log-level", choices=LOG_LEVELS, default="info", help="default info")
    return parser


def _relay(args: argparse.Namespace, opened: ExitStack) -> int:
    url = args.database or _default_database(args.office)
    if not url.startswith(SQLITE):
        raise CannotOpen("A relay keeps an SQLite database: give it as sqlite:///FILE.")
    if args.address and not args.address.startswith(("http://", "https://")):
        raise CannotOpen("--address begins with http:// or https://: it is where desks reach it.")
    if not args.address and args.host in EVERYWHERE:
        raise CannotOpen(f"With --host {args.host}, say by --address where desks reach this relay.")
    path = Path(url.removeprefix(SQLITE))
    path.parent.mkdir(parents=True, exist_ok=True)
    make_key(args.key_file or path.with_suffix(".key"))
    database = open_database(url, key_file=args.key_file)
    opened.callback(database.close)
    migrate(database)
    _hold_alone(path, opened)
    office = OfficeRelay(
        database,
        upstream=args.upstream.rstrip("/"),
        clock=_now,
        random_bits=secrets.randbits,
        new_device=lambda: new_identity(secrets.randbits),
    )
    opened.callback(office.end)
    serve(
        office.relay,
        audience=Audience.RELAY,
        clock=office.now,
        knows_the_time=office.knows_the_time,
        host=args.host,
        port=args.port,
        address_file=args.address_file,
        hints=office.stirred,
        tells_metrics=args.metrics,
        log_level=getattr(logging, args.log_level.upper()),
        title=TITLE,
        on_listening=lambda at, stop: office.begin(
            Post(args.office, (args.address or at).rstrip("/")), lost=stop
        ),
    )
    return _failed(str(office.lost)) if office.lost else 0


def _hold_alone(path: Path, opened: ExitStack) -> None:
    """Keep other relays from this database for as long as the process lives, however it ends."""
    lock = sqlite3.connect(path.with_suffix(".lock"), isolation_level=None, timeout=0)
    opened.callback(lock.close)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        raise CannotOpen(f"Another relay is at work with {path}: stop that first.") from error


def _default_database(office: str) -> str:
    from platformdirs import user_data_path

    name = "".join(c if c.isalnum() else "-" for c in office.lower())
    return f"{SQLITE}{user_data_path('council-reception-relay', appauthor=False) / name}.db"


def _now() -> datetime:
    return datetime.now(UTC)


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
