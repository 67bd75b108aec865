"""The first minute: whose service, which office, who is here.

Signing in does not exist yet: `choosing` stands in for it, in this one place.
"""
