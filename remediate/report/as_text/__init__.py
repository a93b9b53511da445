"""Values → plain text in the operator's words, one file per subject."""
