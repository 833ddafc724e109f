"""How the server reaches SQLite: engine, shared column types, migrations."""
