#!/bin/sh
# venv.sh PYTHON FOLDER: make the virtual environment, or say in one line what is missing.
python=$1 folder=$2

if [ -z "$python" ]; then
    echo "Python 3.11 or newer is needed; no python3 was found. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
    exit 1
fi
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || exit 1
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed; $python is $version. Name another one: make PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "This Python has no venv. On Debian or Ubuntu: apt-get install python$version-venv" >&2
    exit 1
fi
exec "$python" -m venv "$folder"
