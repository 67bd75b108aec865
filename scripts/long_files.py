"""`python -m scripts.long_files`: the product's files and functions that are long, longest first.

Nothing fails: over 300 lines a file is due for a second idea of its own. Over 400 a test fails.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("sync", "visits", "reception_app")
FILE_LINES = 300
FUNCTION_LINES = 45


def main() -> int:
    """Print both lists."""
    files, functions = [], []
    for path in (path for top in PRODUCT for path in (ROOT / top).rglob("*.py")):
        text, name = path.read_text("utf-8"), path.relative_to(ROOT).as_posix()
        files.append((text.count("\n"), name))
        functions += [
            (
                (node.end_lineno or node.lineno) - node.lineno + 1,
                f"{name}:{node.lineno} {node.name}",
            )
            for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
    for found, limit in ((files, FILE_LINES), (functions, FUNCTION_LINES)):
        print(f"Over {limit} lines:")
        for lines, name in sorted(found, reverse=True):
            if lines > limit:
                print(f"{lines:6} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
