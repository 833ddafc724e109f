"""The principal, its places, items, transfers and runs."""
