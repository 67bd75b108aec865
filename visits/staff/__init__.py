"""The people of the council: teams, cards, working hours, leave, and the time that is taken.

May touch its own tables alone.
"""
