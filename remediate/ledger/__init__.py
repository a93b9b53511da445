"""The state store: runs, entries and locks in one database. Touches that database and its directory."""
