"""What is read from git, by its plumbing."""
