#!/bin/sh
# Makes sure that there is a Chromium for the tests of the pages. Does nothing when there is one.
set -eu

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" > /dev/null; then
        exit 0
    fi
done
if [ -n "${EARMARK_CHROMIUM:-}" ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "Installing Chromium for the tests of the pages"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium
else
    echo "No Chromium: the tests of the pages are skipped here, and fail in CI." >&2
    echo "Install the package chromium, or name a browser with EARMARK_CHROMIUM=PATH." >&2
fi
