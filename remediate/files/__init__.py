"""The disk: YAML, templates, secrets, certificates, captures, plan files, schemas."""
