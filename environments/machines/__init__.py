"""Programs and machines that are run step by step."""
