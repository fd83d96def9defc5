"""A report as bytes or text; one writer a file."""
