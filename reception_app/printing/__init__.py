"""Paper: making it, printing it to the printer that was chosen, saving it."""
