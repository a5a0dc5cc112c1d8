# shellcheck shell=bash
# What ./scripts/demo, ./scripts/test and ./scripts/bench need on a machine. Sourced by them; prepares nothing twice.
#
#   prepare_python [EXTRA]   a virtual environment in .venv, with Janitor and the packages of its extra EXTRA
#   prepare_zookeeper        a ZooKeeper server and a Java to run it; gives 1, and says what to do, when it cannot
#   prepare_shellcheck       shellcheck, likewise
#   prepare_proxies          tinyproxy and nginx, through which the tests ask, likewise
#   prepare_shells           zsh and fish, in which completion is tested, and man, likewise
#   prepare_browser          Chromium, in which the page of a scan is looked at, likewise
#
# Debian packages are installed only as root on a machine that has apt-get; pip is asked as the machine's own
# configuration says.

ROOT="$(CDPATH="" cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"
JARS=(/usr/share/java/zookeeper.jar /usr/share/java/slf4j-simple.jar)
JAVA_PACKAGES=(default-jre-headless libzookeeper-java libslf4j-java)

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$@"
    exit 1
}

# Tell whether the Python named $1 is new enough.
new_enough() { command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Tell whether the Python named $1 can make a virtual environment with pip in it. (Debian has that in a package apart.)
makes_environments() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

may_install() { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; }

# Run a command whose output matters only when it fails.
quietly() {
    local log status=0
    log="$(mktemp)"
    "$@" >"$log" 2>&1 </dev/null || status=$?
    [ "$status" -eq 0 ] || tail -n 30 "$log" >&2
    rm -f "$log"
    return "$status"
}

# Run apt-get. A fresh machine updates itself at boot: wait for another apt that holds a lock, and say so.
APT_WAIT="${APT_WAIT:-900}"
apt_get() {
    local log status waited=0
    log="$(mktemp)"
    while :; do
        status=0
        LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get "$@" >"$log" 2>&1 </dev/null || status=$?
        if [ "$status" -eq 0 ] || [ "$waited" -ge "$APT_WAIT" ] || ! grep -q "Could not get lock" "$log"; then
            break
        fi
        if [ "$waited" -eq 0 ]; then
            say "Another program installs packages on this machine. Waiting for it, up to $APT_WAIT seconds:" \
                "$(grep -m 1 "Could not get lock" "$log")"
        fi
        sleep 2
        waited=$((waited + 2))
    done
    [ "$status" -eq 0 ] || tail -n 30 "$log" >&2
    rm -f "$log"
    return "$status"
}

# Run a command that downloads something, and once more when it fails: a mirror may hiccup.
downloading() {
    "$@" && return
    say "That failed. Once more in 10 seconds: $*"
    sleep 10
    "$@"
}

install_debian() {
    say "Installing Debian packages: $*"
    if ! { downloading apt_get update && downloading apt_get install -y --no-install-recommends "$@"; }; then
        say "apt-get could not install $*."
        return 1
    fi
}

# Print a Python that is new enough.
find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

prepare_python() {
    local extra="${1:-}" base wanted found=""
    if ! base="$(find_python)"; then
        may_install || die "Python 3.11 or newer is needed (Debian 12: apt-get install python3 python3-venv)."
        install_debian python3 python3-venv || exit 1
        base="$(find_python)" || die "Python 3.11 or newer is needed; this release has an older one."
    fi

    # What is installed is known by what asked for it: the same project file, Python and extra ask for nothing new.
    wanted="$(cksum <"$ROOT/pyproject.toml") $("$base" -c 'import sys; print(sys.version)' | head -n 1) $VENV"
    if [ -x "$PYTHON" ] && "$PYTHON" -c '' 2>/dev/null && [ -f "$VENV/prepared" ]; then
        found="$(head -n 1 "$VENV/prepared")"
    fi
    # The extra dev holds the others.
    if [ "$found" = "$wanted" ] && grep -qxE "extra: (${extra:-none}|dev)" "$VENV/prepared"; then
        return
    fi

    if ! { [ -x "$PYTHON" ] && "$PYTHON" -m pip --version >/dev/null 2>&1; }; then
        if ! makes_environments "$base"; then
            may_install || die "$base lacks what makes virtual environments (Debian: apt-get install python3-venv)."
            install_debian python3-venv || exit 1
            makes_environments "$base" || die "$base cannot make virtual environments: ensurepip or venv is missing."
        fi
        say "Making a virtual environment in ${VENV#"$PWD/"} with $("$base" --version)"
        rm -rf "$VENV"
        "$base" -m venv "$VENV"
    fi
    say "Installing Janitor${extra:+ with what its extra \"$extra\" needs} into ${VENV#"$PWD/"}"
    downloading quietly "$PYTHON" -m pip install --editable "$ROOT${extra:+[$extra]}" ||
        die "pip could not install the packages that pyproject.toml names; see above."
    if [ "$found" != "$wanted" ]; then
        printf '%s\n' "$wanted" >"$VENV/prepared"
    fi
    printf 'extra: %s\n' "${extra:-none}" >>"$VENV/prepared"
}

has_zookeeper() {
    local jar
    command -v java >/dev/null || return 1
    for jar in "${JARS[@]}"; do
        [ -e "$jar" ] || return 1
    done
}

prepare_zookeeper() {
    if has_zookeeper; then
        return
    fi
    if may_install && install_debian "${JAVA_PACKAGES[@]}" && has_zookeeper; then
        return
    fi
    say "There is no ZooKeeper server here. On Debian, as root: apt-get install ${JAVA_PACKAGES[*]}"
    return 1
}

prepare_shellcheck() {
    command -v shellcheck >/dev/null && return
    may_install && install_debian shellcheck && return
    say "There is no shellcheck here. On Debian, as root: apt-get install shellcheck"
    return 1
}

prepare_proxies() {
    local missing=() status=0 policy=/usr/sbin/policy-rc.d
    has_program tinyproxy || missing+=(tinyproxy-bin)
    has_program nginx || missing+=(nginx)
    [ ${#missing[@]} -gt 0 ] || return 0
    if may_install; then
        # The tests start what they need: Debian's own service would take port 80 on every machine that is tested on.
        if [ -e "$policy" ]; then
            policy=""
        else
            printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
        fi
        install_debian "${missing[@]}" || status=$?
        [ -z "$policy" ] || rm -f "$policy"
        [ "$status" -ne 0 ] || return 0
    fi
    say "There is no ${missing[*]} here. On Debian, as root: apt-get install ${missing[*]}"
    return 1
}

# Tell whether there is a program named $1, also where only root looks.
has_program() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null; }

prepare_shells() {
    local each missing=()
    for each in zsh fish; do
        command -v "$each" >/dev/null || missing+=("$each")
    done
    command -v man >/dev/null || missing+=(man-db)
    [ ${#missing[@]} -gt 0 ] || return 0
    may_install && install_debian "${missing[@]}" && return
    say "There is no ${missing[*]} here. On Debian, as root: apt-get install ${missing[*]}"
    return 1
}

prepare_browser() {
    command -v chromium >/dev/null && return
    may_install && install_debian chromium && command -v chromium >/dev/null && return
    say "There is no Chromium here. On Debian, as root: apt-get install --no-install-recommends chromium"
    return 1
}
