"""The outside of the pages: the services that answer, and the visitors who ask."""
