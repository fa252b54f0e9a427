"""Every reader of a lake that is claimed, run on one: `make warehouse`."""
