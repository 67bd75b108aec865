"""Every colour and size of the app. Nothing else names one."""

from __future__ import annotations

from msgspec import Struct


class Theme(Struct, frozen=True):
    """The colours of one theme. Text is at least 4.5:1 on its ground, controls 3:1."""

    name: str
    canvas: str
    surface: str
    sunk: str
    line: str
    ink: str
    soft_ink: str
    accent: str
    on_accent: str
    wash: str
    in_good_time: str
    nearly_late: str
    late: str
    rail: str
    rail_chosen: str
    on_rail: str
    field_line: str
    focus: str = "#FFBF47"
    badge: str = "#FFBF47"
    on_badge: str = "#16202A"


LIGHT = Theme(
    name="light", canvas="#F4F5F6", surface="#FFFFFF", sunk="#ECEEF0", line="#D5DADF",
    ink="#16202A", soft_ink="#52606D", accent="#0B5C8C", on_accent="#FFFFFF", wash="#E3EFF6",
    in_good_time="#1B6E3C", nearly_late="#8A4B00", late="#A61B1B", rail="#172C3B",
    rail_chosen="#2B4355", on_rail="#FFFFFF", field_line="#6B7985",
)  # fmt: skip
DARK = Theme(
    name="dark", canvas="#14191E", surface="#1C2329", sunk="#11161A", line="#36414B",
    ink="#EEF2F5", soft_ink="#A5B2BD", accent="#6CB8E6", on_accent="#0B1A24", wash="#183646",
    in_good_time="#7FD39C", nearly_late="#F2BC66", late="#FF9B93", rail="#0D1216",
    rail_chosen="#26313A", on_rail="#EEF2F5", field_line="#7C8994",
)  # fmt: skip
HIGH_CONTRAST = Theme(
    name="high contrast", canvas="#000000", surface="#000000", sunk="#000000", line="#FFFFFF",
    ink="#FFFFFF", soft_ink="#FFFFFF", accent="#FFEB3B", on_accent="#000000", wash="#003A5C",
    in_good_time="#7CFFB0", nearly_late="#FFD27A", late="#FFB3AD", rail="#000000",
    rail_chosen="#003A5C", on_rail="#FFFFFF", field_line="#FFFFFF",
)  # fmt: skip
THEMES = {theme.name: theme for theme in (LIGHT, DARK, HIGH_CONTRAST)}

TEXT_PX = 14
SMALL_PX = 12
HEADING_PX = 18
NUMBER_PX = 28
GRID = 4
GAP_SMALL = 8
GAP = 16
GAP_LARGE = 24
RAIL_PX = 88
TOP_PX = 48
FOOT_PX = 32
ROW_PX = 52
CONTROL_PX = 40
BIG_ACT_PX = 64
ICON_PX = 20
RADIUS_SMALL = 4
RADIUS = 6
RADIUS_LARGE = 8
WINDOW_MIN = (1024, 700)
GIVES_WAY_PX = 1
"""The least width of words that are cut off before anything beside them is."""
