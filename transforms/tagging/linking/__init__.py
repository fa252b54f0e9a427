"""Mentions to entities with Wikidata ids."""
