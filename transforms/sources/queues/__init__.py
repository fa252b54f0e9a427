"""Queues of messages: one `Queue` each, in a registry."""
