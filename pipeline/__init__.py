"""How a run is put together: composition only."""
