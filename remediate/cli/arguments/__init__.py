"""What each verb takes, apart from what it does: `--help` must not pay for the work."""
