"""`python -m scripts.reference`: write docs/reference anew."""

from __future__ import annotations

import sys

from scripts.reference.pages import FOLDER, PAGES


def main() -> int:
    """Write every page and name those that changed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        path = FOLDER / f"{name}.md"
        text = make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"written: docs/reference/{name}.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
