"""Requests that nobody in good faith sends, to the real handlers and servers."""
