"""Saves a document whole or not at all, and never over another one."""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from reception_app.printing.errors import FolderNotWritable

NAME_BYTES_MAX = 180
"""File systems allow 255 bytes; the number of a namesake and the ending come on top."""
CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EROFS: "it can only be read",
    errno.ENOTDIR: "it is not a folder",
    errno.EEXIST: "it is not a folder",
}


def save_pdf(pdf: bytes, *, folder: Path, name: str) -> Path:
    """Write a PDF into a folder under a safe name; a namesake is kept and this one numbered.

    Raises FolderNotWritable.
    """
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f".{secrets.token_hex(8)}.new"
        try:
            _write(new, pdf)
            return _move(new, folder, _safe(name))
        finally:
            new.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Try whether documents can be saved in a folder. Raises FolderNotWritable."""
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{secrets.token_hex(8)}.new"
        _write(probe, b"")
        probe.unlink()


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        # A full disk may be noticed only when the bytes really go there.
        os.fsync(file.fileno())


def _move(new: Path, folder: Path, name: str) -> Path:
    target = _free_name(folder, name)
    try:
        return new.replace(target)
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _free_name(folder: Path, name: str) -> Path:
    """Take a free name at once, so that no other program takes it in between."""
    for number in count(1):
        target = folder / (f"{name}.pdf" if number == 1 else f"{name} ({number}).pdf")
        try:
            target.touch(exist_ok=False)
        except FileExistsError:
            continue
        return target
    raise AssertionError("numbers do not end")


def _safe(name: str) -> str:
    plain = re.sub(r"[^\w .-]", "_", name).strip(" .")
    return plain.encode()[:NAME_BYTES_MAX].decode(errors="ignore").strip(" .") or "Document"


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = CAUSES.get(error.errno or 0, error.strerror or "it does not answer")
        raise FolderNotWritable(f"Nothing can be saved in the folder {folder}: {why}.") from error
