"""Appointments: the week of free times, booking one, and the day's bookings. Its screens.

May use `visits.appointments`, the people search and the paper; knows nothing of the queue's rules.
"""
