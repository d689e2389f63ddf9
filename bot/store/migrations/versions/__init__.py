"""One file a change of the schema, numbered; the newest revision is the version of the database."""
