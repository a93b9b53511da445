"""Values → Markdown: the summary, the change record, the method of procedure, the backout card."""
