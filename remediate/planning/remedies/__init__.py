"""One file = one remedy."""
