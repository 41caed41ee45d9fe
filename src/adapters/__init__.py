"""The outside: every adapter implements a port; adapters never know each other."""
