"""The rules, and the facts that they read."""
