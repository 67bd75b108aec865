"""An invented council: people, officers, a calendar and a morning in progress.

Pure: one seed gives one council. Nobody in it is real; phone numbers are from the ranges that Ofcom
keeps for drama, addresses from streets that do not exist.
"""
