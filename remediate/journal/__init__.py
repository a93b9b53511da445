"""What happened, as a fold over entries; from entries to a plan that takes it back. Pure."""
