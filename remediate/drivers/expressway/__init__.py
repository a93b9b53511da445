"""Expressway peers: the xAPI shell over SSH, and the trusted CA pages over REST."""
