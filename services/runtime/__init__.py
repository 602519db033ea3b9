"""The chassis every service stands on: write path, read path, keys, HTTP, telemetry, life cycle."""
