"""Lanes carried out by another process, here or on another machine. Touches the processes that it starts."""
