"""Speed, memory and crash tests, measured side by side."""
