"""Records, commands, journal, replication and the central service.

Knows nothing of queues, homes or people. Every copy of the data is a node: a database, a log of
commands and a feed of changes. Nothing here reaches for a clock, a random source or a socket by
itself: they are handed in, which is what lets a whole council be simulated in one process.
"""
