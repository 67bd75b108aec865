"""Desks, a centre and their bad luck in one process: one seed is one history, to the byte.

The nodes are the shipped ones over real SQLite; only time, randomness, the network and the disk's
sync come from here. `python -m tests.simulation --seed 7 --trace` tells one history.
"""
