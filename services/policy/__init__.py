"""A brand's rules as data: read from its folder, checked, and asked. Pure but for reading files."""
