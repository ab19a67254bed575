"""Compute the figures of every claim again."""

from tests.claims.claims import write

write()
