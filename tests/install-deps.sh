#!/bin/sh
# Installs what the build, the tests and the demo need and what is not here.  With everything
# present it does nothing and needs no root.
set -eu

missing=
need() { # COMMAND-THAT-TELLS PACKAGE
	sh -c "$1" >/dev/null 2>&1 || missing="$missing $2"
}

need 'command -v gcc' gcc
need 'test -e /usr/include/stdio.h' libc6-dev
need 'command -v pkg-config' pkg-config
need 'pkg-config --exists openblas' libopenblas-openmp-dev
need 'pkg-config --exists sqlite3' libsqlite3-dev
need 'pkg-config --exists yaml-0.1' libyaml-dev
need 'test -e /usr/include/cmocka.h' libcmocka-dev
need 'command -v gnuplot' gnuplot-nox
need 'command -v tmux' tmux

[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
	echo "please install (Debian's names):$missing" >&2
	exit 1
fi
root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null; then
		echo "as root, please run: apt-get install$missing" >&2
		exit 1
	fi
	root=sudo
fi
echo "installing:$missing" >&2
$root apt-get -o DPkg::Lock::Timeout=300 update -qq
# shellcheck disable=SC2086
$root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
	--no-install-recommends $missing >/dev/null
