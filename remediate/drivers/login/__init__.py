"""A test account's login through Expressway-E, as a Jabber client makes it."""
