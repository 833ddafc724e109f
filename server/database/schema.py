"""The one metadata all tables hang on, and the column types both databases share.

Times are integer milliseconds since 1970 (UTC) everywhere: no time zone can creep in between SQLite and PostgreSQL.
Ids that travel are 16 bytes; joins use small integers made here (`n`), which take less than half the room.
"""

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Number = BigInteger().with_variant(Integer, "sqlite")
"""A surrogate key: on SQLite it must be INTEGER to be the row id itself."""

Bytes = LargeBinary
"""Ids (16 bytes) and hashes (32 bytes)."""

Millis = BigInteger
"""Milliseconds since 1970, UTC."""
