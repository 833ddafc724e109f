"""What can happen on a floor, and what it means: pure functions over signed facts. Start at `sync/README.md`."""
