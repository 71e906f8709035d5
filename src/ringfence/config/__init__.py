"""Settings, addresses, start and stop: the only place that knows everybody."""
