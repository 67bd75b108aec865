"""`reception-central`: set up, migrate, serve, take in a council's lists, look at the state.

The composition root of the centre: time, randomness and files are handed in from here.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sync.authority import Authority
from sync.errors import DatabaseUnreadable, OtherVersion, StorageFailed
from sync.ids import IdSource
from sync.proof import Audience
from sync.storage.hints import Hints
from visits.central.opening import (
    SQLITE,
    CannotOpen,
    authority_over,
    check_is_there,
    make_key,
    open_database,
)

LOG_LEVELS = ("debug", "info", "warning", "error")
EXAMPLES = """\
examples:
  reception-central init --database sqlite:///centre/centre.db
  reception-central serve --database sqlite:///centre/centre.db --port 8620
  reception-central init --database postgresql://reception@db.example.org/reception
  reception-central status --database postgresql://reception@db.example.org/reception
  reception-central import customers people.csv --database ... --dry-run
  reception-central withdraw "Civic Centre, Counter 3" --database ...

A new SQLite database gets a key file beside it (centre.key). Keep a copy of the key somewhere
safe: without it nobody can read the database, and that includes you.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it was done."""
    args = _parser().parse_args(argv)
    try:
        with ExitStack() as args.opened:
            code: int = args.run(args)
    except (CannotOpen, OtherVersion) as error:
        return _failed(str(error))
    except DatabaseUnreadable:
        return _failed("The database cannot be read: it is damaged, or the key is another's.")
    except StorageFailed as error:
        return _failed(f"The database cannot be written or reached ({error.cause}).")
    except BrokenPipeError:
        # Whoever reads has read enough; Python would say so once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _failed(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}.")
    return code


def _failed(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="reception-central",
        description="The central service that the desks of a council sync to.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    acts = parser.add_subparsers(required=True, metavar="ACT")
    init = _act(acts, "init", "set up a new centre", _init)
    init.add_argument("--sample", type=int, metavar="CUSTOMERS", help="fill it with invented data")
    init.add_argument("--seed", type=int, default=1, help="of the invented data; default 1")
    _act(acts, "migrate", "bring the database to this version", _migrate)
    _act(acts, "renew", "mark a database restored from a copy, before it serves again", _renew)
    _serving(_act(acts, "serve", "serve desks until stopped", _serve))
    status = _act(acts, "status", "say how the centre stands, and which desks are behind", _status)
    status.add_argument(
        "--unseen-hours",
        type=float,
        default=24,
        metavar="HOURS",
        help="name desks that were not seen for so long; default 24",
    )
    _importing(_act(acts, "import", "take in a list of the council's", _import))
    away = _act(acts, "withdraw", "serve a lost or stolen desk or relay no more", _withdraw)
    away.add_argument(
        "device", help='its id, or its office and counter in quotes: "Civic Centre, Counter 3"'
    )
    forget = _act(acts, "erase", "erase a person who has the right to it", _erase)
    forget.add_argument(
        "reference", help="the person's reference, such as C100117: Ctrl+K at a desk shows it"
    )
    forget.add_argument(
        "--yes", action="store_true", help="do it; without it the command says what it would do"
    )
    return parser


def _serving(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--host", default="127.0.0.1", help="default 127.0.0.1: this machine alone")
    serve.add_argument("--port", type=int, default=8620, help="default 8620; 0 takes a free one")
    serve.add_argument("--address-file", type=Path, help="write the address there once listening")
    serve.add_argument(
        "--until-idle",
        type=float,
        metavar="SECONDS",
        help="end once no desk has listened for so long; a desk's own service is started so",
    )
    serve.add_argument(
        "--listen-url",
        metavar="URL",
        help="the PostgreSQL server itself; needed where --database leads to a pooler such as "
        "PgBouncer, which carries no hints and may carry no prepared statements",
    )
    serve.add_argument(
        "--metrics", action="store_true", help="tell figures at /metrics, to anyone who can ask"
    )
    serve.add_argument(
        "--log-level", choices=LOG_LEVELS, default="info", help="how much is logged; default info"
    )


def _importing(take_in: argparse.ArgumentParser) -> None:
    from visits.imports.kinds import KINDS

    take_in.add_argument("kind", choices=tuple(KINDS), help="what the list is of: %(choices)s")
    take_in.add_argument("file", type=Path, help="a CSV file; docs/import.md says what is in it")
    take_in.add_argument(
        "--dry-run", action="store_true", help="say what would be taken in and refused, and stop"
    )


def _act(
    acts: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    says: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    act = acts.add_parser(name, help=says, description=says[0].upper() + says[1:] + ".")
    act.add_argument(
        "--database", required=True, metavar="URL", help="sqlite:///FILE or postgresql://..."
    )
    act.add_argument("--key-file", type=Path, help="of an SQLite database; default FILE.key")
    act.set_defaults(run=run)
    return act


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> IdSource:
    return IdSource(_now, secrets.randbits)


def _authority(
    args: argparse.Namespace, *, prepares: bool = False, may_be_new: bool = False
) -> Authority:
    if not may_be_new:
        check_is_there(args.database)
    database = open_database(args.database, key_file=args.key_file, prepares=prepares)
    args.opened.callback(database.close)
    return authority_over(database, clock=_now)


def _init(args: argparse.Namespace) -> int:
    from visits.central.sample import fill_with_sample
    from visits.central.setting_up import take_in_bank_holidays

    if args.database.startswith(SQLITE):
        path = Path(args.database.removeprefix(SQLITE))
        path.parent.mkdir(parents=True, exist_ok=True)
        make_key(args.key_file or path.with_suffix(".key"))
    authority = _authority(args, may_be_new=True)
    new_id = _new_id()
    is_new = authority.found(new_id())
    if args.sample is not None and not is_new:
        return _failed("This centre is set up already. --sample fills a new one.")
    days = take_in_bank_holidays(authority.node, new_id=new_id, now=_now())
    print(f"The centre is set up, with {days} bank holidays.")
    if args.sample is not None:
        fill_with_sample(
            authority.node, customers=args.sample, seed=args.seed, new_id=new_id, now=_now()
        )
        print(f"It holds invented data: {args.sample:,} customers. None of them is a real person.")
    return 0


def _migrate(args: argparse.Namespace) -> int:
    _authority(args)
    print("The database is at this version.")
    return 0


def _renew(args: argparse.Namespace) -> int:
    _authority(args).renew(_new_id()())
    print("Desks will offer again what they had of the lost days. Serve now.")
    return 0


def _serve(args: argparse.Namespace) -> int:
    from visits.central.serving import AddressTaken, serve
    from visits.central.tidying import Tidying

    authority = _authority(args, prepares=args.listen_url is None)
    tidying = Tidying(authority.node, new_id=_new_id(), clock=_now)
    tidying.begin()
    args.opened.callback(tidying.end)
    try:
        serve(
            authority,
            audience=Audience.CENTRE,
            clock=_now,
            host=args.host,
            port=args.port,
            address_file=args.address_file,
            until_idle_s=args.until_idle,
            hints=_hints(args.listen_url or args.database),
            tells_metrics=args.metrics,
            log_level=getattr(logging, args.log_level.upper()),
        )
    except AddressTaken as error:
        return _failed(str(error))
    return 0


def _hints(url: str) -> Hints | None:
    """What other processes over the same PostgreSQL decide."""
    return None if url.startswith(SQLITE) else Hints(url)


def _status(args: argparse.Namespace) -> int:
    from visits.central.status import status

    check_is_there(args.database)
    database = open_database(args.database, key_file=args.key_file)
    args.opened.callback(database.close)
    unseen_after = timedelta(hours=args.unseen_hours)
    for line in status(database, now=_now(), unseen_after=unseen_after):
        print(_printable(line))
    return 0


def _erase(args: argparse.Namespace) -> int:
    from visits.central.erasing import CannotErase, erase_person, what_would_go

    node = _authority(args).node
    try:
        if not args.yes:
            for line in what_would_go(node, args.reference, now=_now()):
                print(_printable(line))
            return 0
        erase_person(node, args.reference, new_id=_new_id(), now=_now())
    except CannotErase as error:
        return _failed(_printable(str(error)))
    print(
        "Erased. Each desk erases them when it is next in touch. Copies of the database from "
        "before still hold them: if one is ever restored, erase them again."
    )
    return 0


def _withdraw(args: argparse.Namespace) -> int:
    from visits.central.withdrawing import NoSuchDevice, withdraw_device

    node = _authority(args).node
    try:
        gone = withdraw_device(node, args.device, new_id=_new_id(), now=_now())
    except NoSuchDevice as error:
        return _failed(_printable(str(error)))
    called = _printable(f"{gone.name} ({gone.device})")
    if gone.was_before:
        print(f"{called} was withdrawn already.")
    else:
        print(
            f"{called} is withdrawn. It is refused at its next request, and then lets go of what "
            "it holds. This cannot be taken back: to use that computer again, set it up as a new "
            "desk in a new folder."
        )
    if gone.waiting_again:
        print(f"Called there and waiting again: {', '.join(gone.waiting_again)}.")
    return 0


def _import(args: argparse.Namespace) -> int:
    from visits.imports.lists import FILE_BYTES_MAX
    from visits.imports.reporting import report
    from visits.imports.running import run_import

    try:
        with args.file.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        return _failed(f"The file {args.file} cannot be read: {error.strerror}.")
    plan = run_import(
        _authority(args).node,
        args.kind,
        data,
        dry_run=args.dry_run,
        new_id=_new_id(),
        now=_now(),
        folder=args.file.parent,
    )
    for line in report(plan):
        print(_printable(line))
    return 1 if plan.refused_whole or plan.stopped else 0


def _printable(line: str) -> str:
    """A line as this console can show it: a heading may be in any script."""
    encoding = sys.stdout.encoding or "ascii"
    return line.encode(encoding, "replace").decode(encoding)


if __name__ == "__main__":
    sys.exit(main())
