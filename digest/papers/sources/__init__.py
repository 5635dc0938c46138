"""One small reader per place that papers come from."""
