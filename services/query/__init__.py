"""Decides nothing: folds the log into Postgres and answers questions."""
