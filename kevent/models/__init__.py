"""Programs that record events, each a small model of one in Kubernetes, for the book's case studies.

In Go: controllers around client-go's recorder. Nothing in the package needs them; they need a recorder.
"""
