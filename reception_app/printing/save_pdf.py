"""Saves a document whole or not at all."""

from __future__ import annotations

import errno
import re
from pathlib import Path

NAME_CHARACTERS_MAX = 80


class FolderNotWritable(Exception):
    """The document could not be saved; the text says why and what to do."""


def save_pdf(pdf: bytes, *, folder: Path, name: str) -> Path:
    """Write a PDF into a folder under a safe name. Raises FolderNotWritable."""
    safe = re.sub(r"[^\w .-]", "_", name)[:NAME_CHARACTERS_MAX].strip(" .")
    target = folder / f"{safe}.pdf"
    new = folder / f".{safe}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new.write_bytes(pdf)
        new.replace(target)
    except OSError as error:
        why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or "no access"
        raise FolderNotWritable(
            f"The document could not be saved in {folder} ({why}). "
            "Choose another folder in the settings, or print it."
        ) from error
    return target
