"""What Prometheus and OpenTelemetry are told: metrics as plain data, made from what may be seen of reports.

`catalogue` and `stats` declare each metric, `figures` finds those of stats in what a provider returned, `counters`
hands what servers count over to the host's other processes, `made` fills all in, `exposition` writes them down.
"""
