"""Requests in: the form and API doors of intake."""
