"""What runs behind the window: the desk's database, its one writer, its line to the centre.

Knows Qt only to bring results back to the window's thread.
"""
