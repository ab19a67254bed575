"""Port it yourself: a judge for ports in any language. `README.md` has the protocol; `python -m oracle.judge --help`.

* `port` is a port in a process of its own: a question in, an answer out, whatever else it does in clear words.
* `questions` finds the scenarios to ask, and the true answer of one that nobody has recorded.
* `story` tells a difference: the steps, what was expected at each, what came, and which trap that looks like.
* `verdict` asks, compares, and tells.
* `shrink` makes it small.
* `faults` has the named faults, kevent with one thing wrong each; `score` tells which of them questions miss.
"""
