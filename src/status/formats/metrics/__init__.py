"""What Prometheus and OpenTelemetry are told: metrics as plain data, made from what may be seen of reports.

`catalogue` and `stats` declare each metric, `made` fills them in, `exposition` writes them down.
"""
