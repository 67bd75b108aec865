"""The lists of docs/reference, written from the code so that they cannot drift.

`python -m scripts.reference` writes them anew; a test says when that is due.
"""
