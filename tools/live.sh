#!/bin/sh
# live.sh BIN UV: bring what the pages' own Python is made of (live/package-lock.json) into live/node_modules, unless it is there.
# Without it the site is built all the same, and says so: here that is one line, and no failure.
bin=$1 uv=$2 root=$(dirname "$0")/..
have=$root/live/node_modules/.kevent-lock    # the lock file that was installed, written when all went well
without() { echo "The pages' own Python did not come, so their cells cannot be run in the page: $1" >&2; exit 0; }

cmp -s "$root/live/package-lock.json" "$have" && exit
echo "Fetching the Python that runs in the pages ..."
npm=$(command -v npm) && "$npm" --version >/dev/null 2>&1 || {
    [ -x "$bin/npm" ] || sh "$root/tools/install.sh" "$bin" "$uv" "$root/requirements-site.txt" >/dev/null 2>&1 || without "npm could not be installed"
    npm=$(cd "$bin" && pwd)/npm
}
cd "$root/live" || exit
said=$("$npm" ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=0 2>&1) || without "$(echo "$said" | head -n 1)"
cp package-lock.json node_modules/.kevent-lock
