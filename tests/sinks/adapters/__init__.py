"""The examples of the appendix about sinks: what the page shows is these files."""
