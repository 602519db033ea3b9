"""Says what a brand is and has declared: publishes its policy, issues its API keys, makes its topics."""
