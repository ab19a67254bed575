"""Asking the real client-go, at any release, and kevent the same.

* `toolchain` finds the one Go that answers, and builds the program in `go/` against a release.
* `asking` puts questions to that program.
* `record` writes down the answers: `make oracle`.
* `drawing`, `fuzz` and `kevent_side` draw fresh questions, ask both sides and show where they differ: `make fuzz`.

README.md has the formats.
"""
