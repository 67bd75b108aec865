"""Old days leave the desks and stay at the centre.

May move the rows of every other idea to an archive, and change nothing else of them.
"""
