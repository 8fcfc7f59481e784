# Read by the other tools: where the checkout is, and its virtual environment.
# shellcheck shell=bash
#
#   prepare EXTRAS    make .venv if there is none, and install the package as setup.cfg says, with EXTRAS
#                     ("" or "[dev]"); does nothing when both are as they were
#   $python           the virtual environment's Python

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
environment=$root/.venv
python=$environment/bin/python

fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Install Debian packages where that is possible, else say what to do.
debian_packages() {
    local because=$1
    shift
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        printf '%s: %s; install it as root with: apt-get install %s\n' "${0##*/}" "$because" "$*" >&2
        return 1
    fi
    echo "Installing $* ($because) ..."
    local log
    log=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"; } \
        >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        printf '%s: apt-get could not install %s\n' "${0##*/}" "$*" >&2
        return 1
    fi
    rm -f "$log"
}

# Print the first Python that is new enough.
find_python() {
    local name
    for name in python3.11 python3 python3.12 python3.13 python3.14; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return
        fi
    done
    return 1
}

make_environment() {
    local base version
    base=$(find_python) || fail "Python 3.11 or newer is needed and was not found; on Debian 12: apt-get install python3"
    if ! "$base" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$base" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        debian_packages "Python cannot make virtual environments" "$version" || exit 1
    fi
    echo "Making the virtual environment .venv ..."
    rm -rf "$environment"
    "$base" -m venv "$environment" || fail "the virtual environment could not be made"
}

prepare() {
    local extras=$1 stamp wanted
    mkdir -p -m 700 "$root/var"
    # Several servers may be started at once: one prepares, the others wait.
    exec 9>"$root/var/.prepare.lock"
    flock 9
    # An environment knows its own place; one that came along when the checkout was moved does not work.
    if ! "$python" -c '' 2>/dev/null || ! grep -qsF "$environment" "$environment/bin/activate"; then
        make_environment
    fi
    stamp=$environment/.installed${extras//[^a-z0-9,]/}
    wanted=$(cat "$root/setup.cfg" && printf '%s %s' "$environment" "$extras")
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        echo "Installing kmip-server$extras into .venv ..."
        "$python" -m pip install --quiet --disable-pip-version-check --editable "$root$extras" ||
            fail "the package could not be installed; the lines above say why"
        printf '%s' "$wanted" >"$stamp"
    fi
    exec 9>&-
}
