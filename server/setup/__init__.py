"""First run, own certificate authority, doctor, demo data."""
