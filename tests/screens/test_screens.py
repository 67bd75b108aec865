"""Every screen can be pictured, and no picture is empty."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.screens.scenes import SCENES

COLOURS_MIN = 20


@pytest.mark.timeout(400)
def test_every_scene_gives_a_picture_with_something_on_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.screens", str(tmp_path), "--run", "smallest"],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in SCENES:
        with Image.open(tmp_path / f"{name}-smallest.png") as picture:
            colours = picture.convert("RGB").getcolors(maxcolors=1 << 24)
        assert colours is not None
        assert len(colours) > COLOURS_MIN, name
