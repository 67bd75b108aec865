"""A council's own lists become rows: customers, staff, appointments.

May write the tables of those ideas, by commands of its own.
"""
