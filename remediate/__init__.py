"""Plan, apply, verify and roll back what Cisco Expressway X14.2+ needs for MRA."""

__version__ = "0.1.0"
