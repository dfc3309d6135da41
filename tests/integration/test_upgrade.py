"""A database that an older version wrote, with so many rows that SQLite sorts
the new indexes in files, which the CA's sandbox has to let it make."""
import sqlite3

from ocs import running_demo

ROWS = 150000
# What 0006_lists.sql and later ones changed, undone.
OLDER = """
DROP INDEX request_owner;
DROP INDEX request_requester;
DROP INDEX request_state;
DROP INDEX request_held;
DROP TABLE ca_link;
CREATE INDEX request_owner ON request (owner, submitted);
CREATE INDEX request_requester ON request (requester);
CREATE INDEX request_pending ON request (owner, disposition)
    WHERE disposition = 9;
CREATE INDEX request_state ON request (disposition) WHERE disposition <> 20;
PRAGMA user_version = 5;
"""


def age(database):
    base = sqlite3.connect(database)
    base.executescript(OLDER)
    needed = [c[1] for c in base.execute("PRAGMA table_info(request)")
              if c[3] and c[1] != "disposition"]
    with base:
        base.execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL "
            "SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO request (disposition, owner, requester, "
            f"{', '.join(needed)}) SELECT 31, 'local\\old' || i, 'old' || i, "
            f"{', '.join('0' for _ in needed)} FROM n", (ROWS,))
        base.execute("UPDATE request_count SET rows = rows + ? "
                     "WHERE disposition = 31", (ROWS,))
    base.close()


def test_a_large_database_of_an_older_version_is_taken_over():
    with running_demo() as demo:
        demo.stop()
        age(demo.dir / "ca/ca.db")
        demo.start()
        rows = demo.json("request", "list", "--requester", "old777")
        assert [r["disposition"] for r in rows["rows"]] == ["denied"]
        left = sorted(p.name for p in (demo.dir / "ca").iterdir())
        assert all(n.startswith("ca.db") for n in left), left
