"""What a run shows: progress, figures, logs."""
