"""Rooms: who asked to talk in private, and which room they get."""
