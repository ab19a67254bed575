#!/bin/sh
# constraints.sh PYTHON: resolve requirements*.txt afresh, write constraints.txt.
# The old constraints take no part; what must not move is pinned in the requirement files themselves.
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" -m venv "$work/venv"
grep -hv '^-' requirements.txt requirements-test.txt requirements-site.txt > "$work/direct.txt"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$work/direct.txt"
{
    echo "# Exact versions of every package below requirements*.txt."
    echo "# Written by \`make constraints\`; do not edit."
    "$work/venv/bin/python" -m pip freeze | LC_ALL=C sort -f
} > constraints.txt
echo "constraints.txt: $(grep -c == constraints.txt) packages"
