"""Visits to people's homes: the officer's day, its steps, and the promise of a window.

May touch its own tables and the officers' taken time, and writes notices.
"""
