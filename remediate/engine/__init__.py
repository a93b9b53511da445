"""Collect and apply. Touches only the ports it is handed."""
