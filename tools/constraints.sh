#!/bin/sh
# constraints.sh PYTHON: resolve requirements.txt and requirements-test.txt afresh, write constraints.txt.
# The old constraints take no part; what must not move is pinned in the requirement files themselves.
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" -m venv "$work/venv"
grep -hv '^-' requirements.txt requirements-test.txt > "$work/direct.txt"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$work/direct.txt"
{
    echo "# Exact versions of every package below requirements.txt and requirements-test.txt."
    echo "# Written by \`make constraints\`; do not edit."
    "$work/venv/bin/python" -m pip freeze | LC_ALL=C sort -f
} > constraints.txt
echo "constraints.txt: $(grep -c == constraints.txt) packages"
