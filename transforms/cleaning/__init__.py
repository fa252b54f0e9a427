"""Items into articles. No Beam in here."""
