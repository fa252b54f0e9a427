"""Staging, publishing and committing tables. No Beam in here."""
