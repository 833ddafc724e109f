"""Copies of the records in a second place: made, proven, kept, told of, and brought back."""
