"""What can go wrong with paper. Each text is for the person at the desk and says what to do.

PaperProblem
├── PrinterNotFound    no printer has the name chosen
├── PrinterNotReady    it could not be begun, or did not answer
└── FolderNotWritable  the document could not be saved
"""

from __future__ import annotations


class PaperProblem(Exception):
    """Root of the known problems with paper: the document itself is whole and is kept."""


class PrinterNotFound(PaperProblem):
    """No printer has this name. Never is another printer used instead."""


class PrinterNotReady(PaperProblem):
    """The printer could not be begun or did not answer."""


class FolderNotWritable(PaperProblem):
    """The document could not be saved."""
