"""The outside of intake: one file for each thing that is not ours."""
