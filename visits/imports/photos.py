"""Photographs of officers, from files beside their list: made small, stripped of all else."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path

from visits.imports.columns import Reading, WrongCell

PHOTO_BYTES_MAX = 20 * 1024 * 1024
PHOTO_WIDTH, PHOTO_HEIGHT = 240, 300
FORMATS = ("PNG", "JPEG")


def photo(text: str, reading: Reading) -> str:
    """The photo a cell names, as a PNG in base64: upright, at most 240 by 300 pixels."""
    path = _beside(text.strip(), reading.folder)
    try:
        if path.stat().st_size > PHOTO_BYTES_MAX:
            raise WrongCell(f"the file is larger than {PHOTO_BYTES_MAX >> 20} MB")
        data = path.read_bytes()
    except (OSError, ValueError):
        raise WrongCell("no such file beside the list") from None
    return base64.b64encode(_small(data)).decode()


def _beside(name: str, folder: Path | None) -> Path:
    if folder is None or "\0" in name:
        raise WrongCell("no such file beside the list")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise WrongCell("must be in the folder of the list")
    return path


def _small(data: bytes) -> bytes:
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise WrongCell("has too many pixels; save a smaller copy") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise WrongCell("is not a PNG or JPEG picture that can be read") from error
    upright.thumbnail((PHOTO_WIDTH, PHOTO_HEIGHT), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    upright.quantize(128).save(out, "PNG", optimize=True)
    return out.getvalue()
