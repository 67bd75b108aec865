"""The queue of an office: tickets, their order, their clocks and their history.

May touch its own tables and the appointment a ticket came from; asks whether a room is held.
"""
