"""What query needs of the world outside its own tables."""
