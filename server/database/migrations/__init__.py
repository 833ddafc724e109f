"""The steps by which a database grows; each keeps every row that was ever recorded."""
