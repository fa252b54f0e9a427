"""Requests over HTTP: one client, with one guard for addresses, for runs and for polling."""
