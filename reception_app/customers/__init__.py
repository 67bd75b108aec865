"""Finding a person and adding one: the parts that reception and appointments share."""
