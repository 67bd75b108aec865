"""Faults upon real processes: desks, a relay and a centre, killed, frozen, filled and cut off.

`python -m tests.faults --faults 1000` does as many; what was acknowledged is there once, at the
end.
"""
