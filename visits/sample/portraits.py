"""Drawn portraits: friendly, plain, nobody's face."""

from __future__ import annotations

import base64
import io
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw as Pen

SIZE = (120, 150)
BACKS = ("#B9CBD8", "#D8CBB9", "#C5D8B9", "#D3BFD6", "#BFD3D6")
SKINS = ("#F2D3B8", "#E3B591", "#C68A5E", "#9A6440", "#6E4429", "#4E3020")
HAIRS = ("#2B1A12", "#4A2F1B", "#8A5A2B", "#C9A15A", "#8E8E8E", "#111111", "#7A2E1B")
CLOTHES = ("#0B5C8C", "#5C3B8C", "#1B6E3C", "#8C3B3B", "#3A4A5A", "#A0641B")
HEADS = ("short", "long", "bald", "curly", "headscarf", "turban", "bob")


def portrait(seed: str) -> str:
    """A portrait as a PNG in base64, about 1 KB; the same for the same seed."""
    from PIL import Image, ImageDraw

    draw = random.Random(seed)
    image = Image.new("RGB", (SIZE[0] * 2, SIZE[1] * 2), draw.choice(BACKS))
    pen = ImageDraw.Draw(image)
    skin, hair, cloth = draw.choice(SKINS), draw.choice(HAIRS), draw.choice(CLOTHES)
    head = draw.choice(HEADS)
    _behind(pen, head, hair, cloth)
    pen.ellipse((30, 210, 210, 420), fill=cloth)
    pen.rounded_rectangle((96, 160, 144, 230), 20, fill=skin)
    pen.ellipse((70, 60, 170, 195), fill=skin)
    _front(pen, head, hair, draw.choice(CLOTHES))
    _face(pen, draw, hair, head)
    small = image.resize(SIZE, Image.Resampling.LANCZOS).quantize(24)
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def _behind(pen: Pen, head: str, hair: str, cloth: str) -> None:
    if head == "long":
        pen.rounded_rectangle((55, 70, 185, 250), 50, fill=hair)
    elif head == "bob":
        pen.rounded_rectangle((58, 60, 182, 190), 45, fill=hair)
    elif head == "curly":
        pen.ellipse((45, 35, 195, 175), fill=hair)
    elif head == "headscarf":
        pen.rounded_rectangle((52, 45, 188, 255), 65, fill=cloth)


def _front(pen: Pen, head: str, hair: str, cloth: str) -> None:
    if head in ("short", "long", "bob"):
        pen.pieslice((66, 45, 174, 150), 180, 360, fill=hair)
    elif head == "turban":
        pen.pieslice((58, 30, 182, 160), 180, 360, fill=cloth)
    elif head == "headscarf":
        pen.arc((62, 50, 178, 210), 0, 360, fill="#333F4A", width=4)


def _face(pen: Pen, draw: random.Random, hair: str, head: str) -> None:
    for x in (98, 142):
        pen.ellipse((x - 5, 118, x + 5, 128), fill="#1A1A1A")
    pen.arc((100, 135, 140, 170), 20, 160, fill="#7A2E2E", width=5)
    if draw.random() < 0.3:
        pen.ellipse((82, 108, 114, 138), outline="#222222", width=4)
        pen.ellipse((126, 108, 158, 138), outline="#222222", width=4)
    if head in ("short", "bald", "turban") and draw.random() < 0.35:
        pen.chord((78, 120, 162, 202), 20, 160, fill=hair)
        pen.arc((102, 148, 138, 172), 20, 160, fill="#E8C8B8", width=4)
