"""The relay of an office: composition root and process."""
