"""Sources into items. No Beam in here."""
