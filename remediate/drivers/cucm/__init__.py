"""CUCM publishers: AXL, and UDS where AXL does not answer."""
