"""The API: reports for scripts."""
