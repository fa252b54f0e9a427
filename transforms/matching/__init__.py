"""Which articles are the same. No Beam in here."""
