"""The shell: HTTP, database, keys and clock around the pure rooms `sync` and `labels`."""
