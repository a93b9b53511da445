"""The terminal: arguments in, composition of the rooms, text and an exit code out."""
