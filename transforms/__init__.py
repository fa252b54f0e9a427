"""What happens to an article: thin PTransforms, and packages of pure functions."""
