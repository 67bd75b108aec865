"""The style sheet, made from the tokens."""

from __future__ import annotations

import resources
from reception_app.theme import tokens as t
from reception_app.theme.tokens import Theme

WHITE = "#FFFFFF"


def _icon(name: str) -> str:
    return resources.path("icons", f"{name}.svg").as_posix()


def style_sheet(c: Theme) -> str:
    """Qt's style sheet for a theme. Widgets are told apart by the property `kind`."""
    return f"""
* {{ color: {c.ink}; outline: none; }}
QMainWindow, QScrollArea#shell_scroll, QWidget#shell, QStackedWidget {{ background: {c.canvas}; }}
QWidget[kind="rail"] {{ background: {c.rail}; }}
QWidget[kind="top"] {{ background: {c.surface}; border-bottom: 1px solid {c.line}; }}
QWidget[kind="foot"] {{ background: {c.surface}; border-top: 1px solid {c.line}; }}
QFrame[kind="surface"] {{
    background: {c.surface}; border: 1px solid {c.line}; border-radius: {t.RADIUS_LARGE}px;
}}
QFrame[kind="sunk"] {{ background: {c.sunk}; border: none; border-radius: {t.RADIUS_LARGE}px; }}
QFrame[kind="warning"] {{
    background: {c.sunk}; border: none; border-left: 4px solid {c.nearly_late};
}}
QFrame[kind="problem"] {{ background: {c.surface}; border: 3px solid {c.late}; }}
QLabel {{ background: transparent; }}
QLabel[kind="heading"] {{ font-size: {t.HEADING_PX}px; font-weight: 600; }}
QLabel[kind="label"], QLabel[kind="strong"] {{ font-weight: 600; }}
QLabel[kind="soft"] {{ color: {c.soft_ink}; font-size: {t.SMALL_PX + 1}px; }}
QLabel[kind="number"] {{ font-size: {t.NUMBER_PX}px; font-weight: 600; }}
QLabel[kind="error"] {{ color: {c.late}; font-weight: 600; }}
QLabel[tone="in_good_time"] {{ color: {c.in_good_time}; }}
QLabel[tone="nearly_late"] {{ color: {c.nearly_late}; }}
QLabel[tone="soft_ink"] {{ color: {c.soft_ink}; }}
QLabel[kind="chip"], QPushButton[kind="chip"] {{
    background: {c.sunk}; border-radius: {t.RADIUS_SMALL}px; padding: 4px 8px;
    font-size: {t.SMALL_PX}px; font-weight: 400;
}}
QPushButton[kind="chip"] {{
    border: 1px solid transparent; min-height: {t.GAP_LARGE}px; text-align: left;
}}
QLabel[kind="keycap"] {{
    border: 1px solid {c.field_line}; border-radius: {t.RADIUS_SMALL}px; padding: 0 4px;
    font-size: {t.SMALL_PX}px; color: {c.soft_ink};
}}
QLabel[kind="keycap"][on="primary"], QLabel[kind="keycap"][on="big"] {{
    color: {c.on_accent}; border-color: {c.on_accent};
}}
QLabel[kind="on_button"], QLabel[kind="on_choice"], QLabel[kind="on_primary"] {{
    font-weight: 600;
}}
QLabel[kind="on_primary"], QLabel[kind="on_big"] {{ color: {c.on_accent}; }}
QLabel[kind="on_big"] {{ font-size: {t.HEADING_PX}px; font-weight: 600; }}
QLabel[kind="on_link"] {{ color: {c.accent}; font-weight: 600; }}
QLabel[kind="on_button"]:disabled, QLabel[kind="on_primary"]:disabled,
QLabel[kind="on_big"]:disabled, QLabel[kind="on_choice"]:disabled,
QLabel[kind="on_link"]:disabled {{ color: {c.soft_ink}; }}
QLabel[kind="keycap"]:disabled, QLabel[kind="keycap"][on="primary"]:disabled,
QLabel[kind="keycap"][on="big"]:disabled {{ color: {c.soft_ink}; border-color: {c.line}; }}
QLineEdit, QComboBox, QTextEdit, QPlainTextEdit, QSpinBox {{
    background: {c.surface}; border: 1px solid {c.field_line}; border-radius: {t.RADIUS_SMALL}px;
    min-height: {t.CONTROL_PX - 2}px; padding: 0 12px; selection-background-color: {c.accent};
    selection-color: {c.on_accent};
}}
QTextEdit, QPlainTextEdit {{ padding: 8px 12px; }}
QLineEdit:focus, QComboBox:focus, QTextEdit:focus, QPlainTextEdit:focus, QSpinBox:focus {{
    border: 3px solid {c.focus}; padding: 0 10px;
}}
QLineEdit[wrong="true"] {{ border: 3px solid {c.late}; }}
QComboBox::drop-down {{ border: none; width: 32px; }}
QComboBox::down-arrow {{ image: url("{_icon("chevron-down")}"); width: 16px; height: 16px; }}
QComboBox QAbstractItemView {{
    background: {c.surface}; border: 1px solid {c.line}; selection-background-color: {c.wash};
    selection-color: {c.ink};
}}
QPushButton {{
    background: {c.surface}; border: 1px solid {c.field_line}; border-radius: {t.RADIUS_SMALL}px;
    min-height: {t.CONTROL_PX - 2}px; padding: 0 12px; font-weight: 600;
}}
QPushButton:hover {{ background: {c.wash}; }}
QPushButton:focus {{ border: 3px solid {c.focus}; }}
QPushButton:disabled {{ color: {c.soft_ink}; border-color: {c.line}; background: {c.canvas}; }}
QPushButton[kind="primary"] {{
    background: {c.accent}; color: {c.on_accent}; border: 1px solid {c.accent};
}}
QPushButton[kind="primary"]:focus, QPushButton[kind="big"]:focus {{
    border: 3px solid {c.focus};
}}
QPushButton[kind="big"] {{
    background: {c.accent}; color: {c.on_accent}; border: 1px solid {c.accent};
    border-radius: {t.RADIUS}px; min-height: {t.BIG_ACT_PX - 2}px;
    font-size: {t.HEADING_PX}px;
}}
QPushButton[kind="primary"]:disabled, QPushButton[kind="big"]:disabled {{
    background: {c.sunk}; color: {c.soft_ink}; border-color: {c.line};
}}
QPushButton[kind="link"] {{
    background: transparent; border: 1px solid transparent; color: {c.accent}; text-align: left;
    padding: 0 8px;
}}
QPushButton[kind="link"]:focus {{ border: 3px solid {c.focus}; }}
QPushButton[kind="slot"] {{ min-height: 30px; padding: 0 8px; color: {c.accent}; }}
QPushButton[kind="slot"]:checked {{ background: {c.accent}; color: {c.on_accent}; }}
QPushButton[kind="choice"]:checked {{ background: {c.wash}; border: 2px solid {c.accent}; }}
QToolButton[kind="place"] {{
    background: transparent; color: {c.on_rail}; border: none; border-left: 4px solid transparent;
    padding: 8px 0; font-size: {t.SMALL_PX}px;
}}
QToolButton[kind="place"]:checked {{
    background: {c.rail_chosen}; border-left: 4px solid {c.on_rail};
}}
QToolButton[kind="place"]:focus {{ border: 3px solid {c.focus}; }}
QLabel[kind="badge"] {{
    background: {c.badge}; color: {c.on_badge}; border-radius: 9px; font-weight: 600;
    font-size: {t.SMALL_PX}px;
}}
QLabel[kind="on_rail"] {{ color: {c.on_rail}; font-size: {t.SMALL_PX}px; }}
QPushButton[kind="sync"] {{
    border: 1px solid transparent; background: transparent; min-height: 24px; padding: 0 8px;
    font-weight: 400; font-size: {t.SMALL_PX + 1}px;
}}
QPushButton[kind="sync"]:focus {{ border: 3px solid {c.focus}; }}
QPushButton[kind="sync"][state="up_to_date"] {{ color: {c.in_good_time}; }}
QPushButton[kind="sync"][state="offline"], QPushButton[kind="sync"][state="stopped"] {{
    color: {c.nearly_late}; font-weight: 600;
}}
QPushButton[kind="sync"][state="needs_decision"] {{ color: {c.late}; font-weight: 600; }}
QTableView, QListView {{
    background: {c.surface}; border: none; gridline-color: {c.line};
    selection-background-color: {c.wash}; selection-color: {c.ink};
    alternate-background-color: {c.surface};
}}
QTableView:focus, QListView:focus {{ border: 2px solid {c.focus}; }}
QTableView[ring="round the place"]:focus {{ border: none; }}
QHeaderView {{ background: {c.surface}; border: none; }}
QHeaderView::section {{
    background: {c.surface}; color: {c.soft_ink}; border: none;
    border-bottom: 1px solid {c.line}; padding: 4px 8px; font-size: {t.SMALL_PX + 1}px;
    min-height: 24px;
}}
QTableView::item {{ border-bottom: 1px solid {c.line}; padding: 0 8px; }}
QListView::item:selected {{ background: {c.wash}; color: {c.ink}; }}
QListView::item {{ padding: 8px; border-radius: {t.RADIUS_SMALL}px; }}
QListView::item:selected {{ background: {c.wash}; color: {c.ink}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; }}
QScrollBar::handle:vertical {{
    background: {c.line}; border-radius: 5px; min-height: 32px;
}}
QScrollBar:horizontal {{ background: transparent; height: 10px; }}
QScrollBar::handle:horizontal {{
    background: {c.line}; border-radius: 5px; min-width: 32px;
}}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; width: 0; }}
QCheckBox {{ spacing: 8px; min-height: 24px; }}
QCheckBox::indicator {{
    width: 18px; height: 18px; border: 1px solid {c.field_line};
    border-radius: {t.RADIUS_SMALL}px; background: {c.surface};
}}
QCheckBox::indicator:checked {{
    background: {c.accent}; border-color: {c.accent};
    image: url("{_icon("check-white" if c.on_accent == WHITE else "check-black")}");
}}
QCheckBox:focus {{ border: 2px solid {c.focus}; border-radius: {t.RADIUS_SMALL}px; }}
QDialog {{ background: {c.surface}; }}
QToolTip {{
    background: {c.surface}; color: {c.ink}; border: 1px solid {c.line}; padding: 4px;
}}
QMenu {{ background: {c.surface}; border: 1px solid {c.line}; }}
QMenu::item:selected {{ background: {c.wash}; color: {c.ink}; }}
"""
