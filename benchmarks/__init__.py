"""Speed, measured beside others in one run. Prints; asserts nothing about time. See README.md."""
