"""Appointments: free times that are really free, booking, changing and cancelling.

May touch its own tables and the officers' taken time, and writes notices.
"""
