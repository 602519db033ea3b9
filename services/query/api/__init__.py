"""Requests in: what a private link opens, and what an API key may read."""
