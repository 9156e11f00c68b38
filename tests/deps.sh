#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the Debian packages that are missing, after saying which.
# usage: deps.sh PACKAGE...
missing=
for package; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "deps: no apt-get here; install what corresponds to:$missing" >&2
	exit 1
fi
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root=sudo
else
	echo "deps: as root: apt-get install$missing" >&2
	exit 1
fi
echo "deps: installing$missing (DEPS=no skips this)" >&2

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # lists of words
{
	$as_root apt-get update &&
		$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
} >"$log" 2>&1 </dev/null || {
	tail -n 20 "$log" >&2
	echo "deps: apt-get failed" >&2
	exit 1
}
