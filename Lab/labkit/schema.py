"""usage: LETTA_PG_URI=postgresql://... PYTHON schema.py REVISION

Makes Letta's schema in an empty database.  Run by Letta's own Python: the
wheel has no migration scripts, so the tables come from its models.  REVISION
is the head of this release's migrations.
"""

import importlib
import os
import pkgutil
import sys

import letta.orm
from letta.orm.base import Base
from sqlalchemy import create_engine, text

# What the migrations have and the models lack.  Without the sequence every
# agent creation fails with 409.
AFTER = [
    "CREATE SEQUENCE IF NOT EXISTS message_seq_id",
    "ALTER TABLE messages ALTER COLUMN sequence_id SET DEFAULT nextval('message_seq_id')",
    "ALTER TABLE IF EXISTS archives_agents ALTER COLUMN created_at SET DEFAULT now()",
    "CREATE TABLE IF NOT EXISTS alembic_version (version_num varchar(32) PRIMARY KEY)",
]


def main(url: str, revision: str) -> None:
    for module in pkgutil.iter_modules(letta.orm.__path__):
        importlib.import_module(f"letta.orm.{module.name}")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
        Base.metadata.create_all(connection)
        for statement in AFTER:
            connection.execute(text(statement))
        connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})


if __name__ == "__main__":
    main(os.environ["LETTA_PG_URI"], sys.argv[1])
