"""What the processes of a site share on a host, as files in `STATUS_RUNTIME_DIR`. The standard library alone."""
