# shellcheck shell=bash
# What the container tests need on a machine. Sourced by ./scripts/test, after prepare.sh; starts nothing: the tests
# themselves start an engine of their own, and stop it.
#
#   prepare_docker   a docker command, and what it takes to start an engine and to make a base image; gives 1, and says
#                    what to do, when there is neither that nor an engine that runs

DOCKER_PACKAGES=(docker.io iproute2 mmdebstrap)

may_start_docker() {
    [ "$(id -u)" -eq 0 ] || return 1
    local each
    for each in docker dockerd ip setpriv mmdebstrap; do
        command -v "$each" >/dev/null || return 1
    done
}

prepare_docker() {
    may_start_docker && return
    if may_install; then
        # From Debian 13 on the command is a package of its own.
        install_debian "${DOCKER_PACKAGES[@]}" &&
            { command -v docker >/dev/null || install_debian docker-cli; } &&
            may_start_docker && return
    fi
    if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
        say "The container tests use the Docker engine that runs here; those that need a DNS of their own are skipped."
        return
    fi
    say "There is no Docker here. On Debian, as root: apt-get install ${DOCKER_PACKAGES[*]}"
    return 1
}
