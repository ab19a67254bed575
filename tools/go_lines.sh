#!/bin/sh
# go_lines.sh BIN UV: bring the Go lines that the pages show, and the Go that fetches them, unless they are here.
# Without them the site is built all the same, and says so: here that is one line, and no failure.
bin=$1 uv=$2
lines="$bin/python -m book.extensions.go_source"
without() { echo "The Go lines did not come, so the pages link to them instead: $1" >&2; exit 0; }

$lines && exit
echo "Fetching the Go lines that the pages show ..."
export PIP_RETRIES=0 UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT=20    # whoever is offline does not wait for them
"$bin/python" -c "from oracle.toolchain import go; go()" 2>/dev/null ||
    sh "$(dirname "$0")/install.sh" "$bin" "$uv" oracle/requirements.txt >/dev/null 2>&1 || without "Go could not be installed"
said=$($lines --bring 2>&1) || without "$(echo "$said" | head -n 1)"
