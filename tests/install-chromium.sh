#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs the browser that `make check-report` loads a report in.  Nothing else needs it.
set -eu

command -v chromium >/dev/null && exit 0
command -v apt-get >/dev/null || { echo "please install chromium" >&2; exit 1; }
root=
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || { echo "as root, please run: apt-get install chromium" >&2; exit 1; }
	root=sudo
fi
$root apt-get -o DPkg::Lock::Timeout=300 update -qq
$root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
	--no-install-recommends chromium >/dev/null
