"""Local time, bank holidays and working days: what a date means to a council.

Pure: no database, no clock. Every idea may use it.
"""
