"""The commands of xihe-hooks."""
