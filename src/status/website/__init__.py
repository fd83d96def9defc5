"""The website, for the person on call."""
