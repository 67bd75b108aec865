"""Visits: an officer's day of homes, its steps, and agreeing another visit."""
