"""Plays each scene on a fresh stage and saves its picture."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from PySide6.QtCore import qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from reception_app.theme.tokens import THEMES
from tests.screens.scenes import SCENES
from tests.screens.stage import a_stage, build_files

QUIET = ("propagateSizeHints",)


def picture(
    out: Path, folder: Path, *, run: str, theme_name: str, size: tuple[int, int], only: str
) -> int:
    """Save the scenes whose name has `only` in it; says how many could not be made."""
    qInstallMessageHandler(
        lambda kind, context, words: (
            None if any(quiet in words for quiet in QUIET) else print(words, file=sys.stderr)
        )
    )
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    gc.disable()
    files = build_files(folder)
    failed = 0
    for number, (name, scene) in enumerate(SCENES.items()):
        if only not in name:
            continue
        with a_stage(app, folder / str(number), files, THEMES[theme_name]) as stage:
            stage.desk.window.resize(*size)
            try:
                shown = scene(stage) or stage.window
                stage.settle()
                shown.grab().save(str(out / f"{name}-{run}.png"))
            except Exception as error:  # noqa: BLE001 - the other scenes are made all the same
                failed += 1
                print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
        gc.collect()
    return failed
