"""What the traffic server will decide, by real OpenSSL in memory and its own name rules: no socket, file or clock."""

from remediate.tls.decide import decide

__all__ = ["decide"]
