"""Where the cells of this book look for IPython, which is not here: `kernel.py` does what they need of it."""
