"""Feeds and pages followed over months. No Beam in here."""
