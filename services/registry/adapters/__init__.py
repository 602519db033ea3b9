"""The outside of the registry: the folders of the brands, and the admin key."""
