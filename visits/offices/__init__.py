"""Offices, desks, services, opening hours and closures: the council's reference data.

May touch its own tables alone. Everything else in `visits` may read them.
"""
