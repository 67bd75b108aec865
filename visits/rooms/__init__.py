"""Private rooms: which fit a person's needs, which are free, who holds one.

May touch its own tables and read tickets.
"""
