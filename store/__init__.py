"""The database: engine, schema, migrations, transactions, locks. It knows no meaning."""
