"""What happens to an article: thin PTransforms, and rooms of pure functions."""
