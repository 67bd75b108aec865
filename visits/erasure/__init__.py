"""A person whom the council must forget: what goes, and what stays without them.

May change the rows of every idea that holds something of a person.
"""
