#!/bin/sh
# install.sh BIN UV FILE: install what FILE names into the virtual environment of BIN, with uv of this pin if that goes, else with pip.
bin=$1 uv=$2 file=$3
pip="$bin/python -m pip install --quiet --disable-pip-version-check"

if [ -x "$bin/uv" ] || $pip "$uv" 2>/dev/null; then
    "$bin/uv" pip install --quiet --compile-bytecode --python "$bin/python" -r "$file" 2>/dev/null && exit
fi
exec $pip -r "$file"
