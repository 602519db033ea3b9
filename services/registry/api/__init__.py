"""Requests in: which brands there are, and their API keys."""
