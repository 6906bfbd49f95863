#!/bin/sh
# Makes .venv with everything that requirements/dev.lock pins. Does nothing when it is current.
set -eu
cd "$(dirname "$0")/.."

stamp=.venv/.installed
wanted=$(cat requirements/dev.lock pyproject.toml | cksum)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if "$candidate" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
            2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Earmark needs Python 3.11, 3.12 or 3.13: install one, or name it with PYTHON=..." >&2
    exit 1
}

# Trust whom the machine trusts, a company's own authority included; pip does so anyway.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
python=$(find_python)
uv_pin=$(grep '^uv==' requirements/dev.lock | cut -d' ' -f1)
echo "Setting up .venv with $("$python" --version)"
if ! .venv/bin/uv --version > /dev/null 2>&1; then
    "$python" -m venv --clear .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$uv_pin"
fi
.venv/bin/uv pip sync --python .venv/bin/python requirements/dev.lock
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --editable .
printf '%s' "$wanted" > "$stamp"
