"""Compute the figures of every claim again."""

from book.claims.claims import write

write()
