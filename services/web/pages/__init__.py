"""What a person sees: the list of brands, a brand's form, a ticket's private page."""
