"""The runs that answer the self-checks of the chapters. Each returns the number, or the text of the right choice."""
