"""A desk that begins, beside PouchDB that replicates the same rows from a server like CouchDB.

It is measured only where it is named: it needs Node.js and the packages of `pouchdb/package.json`.
PouchDB's rows are neither encrypted nor searchable, a desk's are both.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sync.storage.sqlite import open_file
from tests import centres
from tests.benchmarks.council import Council
from tests.benchmarks.figures import Figure, beside_its_floor, in_turns
from tests.benchmarks.first_sync import beginning
from tests.benchmarks.sizes import Sizes
from visits.record import Record
from visits.registry import node_over

LIMIT = 0.1
"""Ten times as fast."""
PROGRAMS = Path(__file__).with_name("pouchdb")
A_BATCH = "5000"
"""Documents; with PouchDB's own 100 it takes far longer."""


class NotInstalled(Exception):
    """What the figure is taken beside is not on this machine."""


def measure(council: Council, scratch: Path, sizes: Sizes) -> list[Figure]:
    """One figure. Raises NotInstalled."""
    node = shutil.which("node")
    if node is None or not (PROGRAMS / "node_modules").is_dir():
        raise NotInstalled(
            "Install Node.js 20 or later, then run: "
            "npm install --no-package-lock --prefix tests/benchmarks/pouchdb"
        )
    numbers = count()
    with beginning(council, scratch, sizes) as begun:
        documents = scratch / "documents"
        rows = _write_documents(begun.model, documents)
        with _serving(node, scratch / "server", documents) as url:

            def theirs() -> float:
                folder = scratch / f"pouchdb-{next(numbers)}"
                came, took = _replicate(node, folder, url)
                if came != rows:
                    raise RuntimeError(f"PouchDB has {came} documents of {rows}")
                return took

            pairs = in_turns(begun.begin, theirs, pairs=max(1, sizes.desks_begun // 2), warm_up=0)
    note = f"{rows:,} documents, {A_BATCH} a batch"
    return [beside_its_floor("beside_pouchdb", pairs, unit="ms", limit=LIMIT, note=note)]


def _write_documents(file: Path, documents: Path) -> int:
    """Every replicated row of a desk as a document, a line each; how many."""
    node = node_over(open_file(file, key=centres.KEY))
    rows = 0
    with documents.open("w", encoding="utf-8") as out, node.database.read() as session:
        for name, table in Record.metadata.tables.items():
            for row in session.execute(table.select()).mappings():
                image = node.imaging.image(name, dict(row))
                about = {"_id": f"{name}:{image.pop('id')}", "table": name}
                out.write(json.dumps(about | image) + "\n")
                rows += 1
    node.database.close()
    return rows


@contextmanager
def _serving(node: str, folder: Path, documents: Path) -> Iterator[str]:
    program = [node, str(PROGRAMS / "serve.js"), str(folder), str(documents)]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        yield f"http://127.0.0.1:{port}/council"
        server.terminate()


def _replicate(node: str, folder: Path, url: str) -> tuple[int, float]:
    program = [node, str(PROGRAMS / "replicate.js"), str(folder), url, A_BATCH]
    done = subprocess.run(program, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    shutil.rmtree(folder)
    return said["documents"], said["ms"]
