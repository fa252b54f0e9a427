"""Feeds: RSS, Atom, RDF and JSON Feed, to records."""
