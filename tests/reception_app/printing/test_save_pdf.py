"""A document is saved whole under a name of its own, or the person is told why not."""

from __future__ import annotations

import errno
import signal
import sys
from pathlib import Path

import pytest

from reception_app.printing.errors import FolderNotWritable
from reception_app.printing.save_pdf import check_folder, save_pdf


def test_a_namesake_is_kept_and_the_new_document_numbered(tmp_path: Path) -> None:
    first = save_pdf(b"first", folder=tmp_path, name="Letter")
    second = save_pdf(b"second", folder=tmp_path, name="Letter")
    assert (first.name, second.name) == ("Letter.pdf", "Letter (2).pdf")
    assert (first.read_bytes(), second.read_bytes()) == (b"first", b"second")


@pytest.mark.parametrize(
    ("name", "file_name"),
    [
        ("../../etc/passwd", "_.._etc_passwd.pdf"),
        ("Siân O’Brien: 5/6", "Siân O_Brien_ 5_6.pdf"),
        ("...", "Document.pdf"),
        ("", "Document.pdf"),
        ("a\x00b\nc", "a_b_c.pdf"),
    ],
)
def test_no_name_leaves_the_folder_or_breaks_it(tmp_path: Path, name: str, file_name: str) -> None:
    saved = save_pdf(b"x", folder=tmp_path, name=name)
    assert saved == tmp_path / file_name
    assert saved.read_bytes() == b"x"


def test_a_name_of_500_characters_of_four_bytes_each_is_cut_to_what_a_disk_allows(
    tmp_path: Path,
) -> None:
    saved = save_pdf(b"x", folder=tmp_path, name="\U00020000" * 500)
    again = save_pdf(b"y", folder=tmp_path, name="\U00020000" * 500)
    assert saved != again
    assert len(again.name.encode()) <= 255


def test_a_folder_under_a_file_is_told_in_words_and_the_file_is_untouched(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for folder in (file, file / "below"):
        with pytest.raises(FolderNotWritable, match="it is not a folder"):
            save_pdf(b"x", folder=folder, name="Letter")
        with pytest.raises(FolderNotWritable, match="it is not a folder"):
            check_folder(folder)
    assert file.read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is a POSIX one")
def test_a_disk_that_is_full_leaves_no_half_document_behind(tmp_path: Path) -> None:
    """The most that a file of this process may hold stands in for the end of the disk."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(FolderNotWritable) as told:
            save_pdf(b"x" * 10_000, folder=tmp_path, name="Letter")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)
    assert isinstance(told.value.__cause__, OSError)
    assert told.value.__cause__.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert save_pdf(b"x", folder=tmp_path / "a" / "b", name="Letter").exists()
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["Letter.pdf"]
