"""Findings → ordered steps; guards; what a plan may never do. Pure."""
