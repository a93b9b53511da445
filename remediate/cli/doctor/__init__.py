"""What `remediate doctor` looks at, one file per subject. Reads, and changes nothing."""
