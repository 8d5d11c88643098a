"""Readers of files: each tells what one kind of file says, and knows nothing of rules."""
