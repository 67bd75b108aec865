"""Paper: tickets, confirmations, schedules and notices as PDF. Free of Qt and of the database.

Each document takes one frozen dataclass and gives bytes; equal input gives equal bytes. A document
never shows a warning marker or a sensitive reason.
"""
