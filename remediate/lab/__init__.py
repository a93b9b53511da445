"""A simulated fleet one can start: real SSH, HTTPS and SOAP on loopback; imports no other room."""
