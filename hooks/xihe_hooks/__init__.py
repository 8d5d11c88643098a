"""Checks that a repository holds what the Xihe platform can start, before a commit and before a push."""
