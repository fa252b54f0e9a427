"""Feeds followed over months: schedule, client, robots, state."""
