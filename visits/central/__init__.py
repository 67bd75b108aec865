"""The central service: its command line, its database, and what it does by itself.

The composition root of the centre; the only place in `visits` that knows the HTTP service.
"""
