"""Records, schema, identity and storage: what every package shares."""
