"""The frame round every screen: rail, top, foot, sync line, undo. No rules, no data."""
