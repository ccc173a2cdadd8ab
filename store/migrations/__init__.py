"""How a database becomes what `store/schema.py` says, one numbered step after the other.

A step that was released is never edited; a change of the schema is a new file in `versions/` and
a new last line of `store.migrating.REVISIONS`. Run by `store.migrating.migrate`.
"""
