"""Values → text for people and JSON for machines. Touches nothing."""
