"""Push and pull: raw bytes in, verdicts out; settlement; the feed every site reads."""
