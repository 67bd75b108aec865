"""Who may do what.

May read the staff; decides by who acts and what, never by which computer brings it.
"""
