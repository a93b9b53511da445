"""Log lines, packet captures and bundles as readings: bytes in, values out. Opens nothing."""
