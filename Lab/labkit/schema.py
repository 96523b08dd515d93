"""usage: LETTA_PG_URI=postgresql://... PYTHON schema.py

Makes Letta's schema in an empty database.  Run by Letta's own Python: the
wheel has no migration scripts, so the tables come from its models.
"""

import importlib
import os
import pkgutil

import letta.orm
from letta.orm.base import Base
from sqlalchemy import create_engine, text

# The head of 0.16.8's migrations; exports carry it as metadata.revision_id.
REVISION = "1c28e167b74f"

# What the migrations have and the models lack.  Without the sequence every
# agent creation fails with 409.
AFTER = [
    "CREATE SEQUENCE IF NOT EXISTS message_seq_id",
    "ALTER TABLE messages ALTER COLUMN sequence_id SET DEFAULT nextval('message_seq_id')",
    "ALTER TABLE archives_agents ALTER COLUMN created_at SET DEFAULT now()",
    "CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)",
    f"INSERT INTO alembic_version VALUES ('{REVISION}')",
]


def main(url: str) -> None:
    for module in pkgutil.iter_modules(letta.orm.__path__):
        importlib.import_module(f"letta.orm.{module.name}")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        Base.metadata.create_all(connection)
        for statement in AFTER:
            connection.execute(text(statement))


if __name__ == "__main__":
    main(os.environ["LETTA_PG_URI"])
