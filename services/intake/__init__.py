"""Takes in what a customer says, and decides whether the brand's rules let it in."""
