"""Visits to people's homes: the officer's day, its steps, and the promise of a window.

May touch its own tables and the officers' taken time, and writes notices. Whether an officer is
free it asks of the rules that appointments keep to, so the two never differ.
"""
