"""People the council serves: who they are, how to find them, what helps them.

May touch its own tables alone.
"""
