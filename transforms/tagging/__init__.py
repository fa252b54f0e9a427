"""Entities and topics of an article. No Beam in here."""
