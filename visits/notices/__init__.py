"""What people are told in writing. Written by the command that causes it.

May touch its own table alone.
"""
