"""The parts every screen is made of. No rules, no data."""
