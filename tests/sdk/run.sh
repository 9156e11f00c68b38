#!/bin/sh
# SPDX-License-Identifier: MIT
# The official JavaScript SDK (package.json names its version) as a client of gem-sim.
# Installs it into BUILD/sdk with npm, whose configuration says from where.
# usage: run.sh BUILD    in the top folder
set -eu
build=$1
key=sdk-check-key # not a secret: the one that the simulator accepts

if ! command -v npm >/dev/null; then
	echo "check-sdk needs node (20 or newer) and npm" >&2
	exit 2
fi
mkdir -p "$build/sdk"
cp tests/sdk/package.json tests/sdk/check.mjs "$build/sdk/"
(cd "$build/sdk" && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error)
"$build/gem-sim" --key "$key" -- node "$build/sdk/check.mjs"
