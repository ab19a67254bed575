"""Does kevent answer like the real client-go? Replays recorded answers; see vectors/README.md for where they
are from.

python -m oracle.replay FILE…

* `vectors` reads a file and tells which kind each scenario is, by its keys.
* `pipeline` and `concurrency` replay a scenario on kevent and give kevent's answers.
* `compare` says where two answers differ.
* `harness` puts them together, for the command line and for pytest.
"""
