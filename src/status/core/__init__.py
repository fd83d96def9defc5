"""The heart: observing, judging and redacting. Pure Python, no Django."""
