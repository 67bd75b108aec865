"""What waits to be sent and what needs a person's decision: the panel behind the sync line.

Reads the desk's log and the domain's rows; changes nothing but by commands and `Desk.dismiss`.
"""
