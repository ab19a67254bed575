"""Parts of IPython itself, put here when the site is built."""
