"""Photos that floor scans speak of: taken in after the scans, kept with the records."""
