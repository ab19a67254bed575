"""Sinks that keep events outside of the process."""
