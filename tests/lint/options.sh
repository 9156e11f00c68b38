#!/bin/sh
# SPDX-License-Identifier: MIT
# Each option of --help is in the man page, in the completions and in a test; and the man
# page names no other.
# usage: options.sh BUILD
build=$1
status=0

complain() {
	echo "$1"
	status=1
}

for program in "$build"/gem-*; do
	case $program in *.*) continue ;; esac
	name=${program##*/}
	man=man/$name.1
	if [ ! -f "$man" ]; then
		complain "$name has no man page"
		continue
	fi
	helped=$("$program" --help | grep -oE '(^| )--[a-z][a-z0-9.-]+' | tr -d ' ' | sort -u)
	manned=$(grep -oE '^\.(It|Op) .*Fl -[a-z][a-z0-9.-]+' "$man" | grep -oE 'Fl -[a-z0-9.-]+' | sed 's/Fl -/--/' | sort -u)
	completed=$("$program" --completion bash | grep -oE -- '--[a-z][a-z0-9.-]+' | sort -u)
	for option in $helped; do
		echo "$manned" | grep -qx -- "$option" || complain "$man: $option is in --help and not here"
		echo "$completed" | grep -qx -- "$option" || complain "$name --completion lacks $option"
		letter=$("$program" --help | sed -n "s/^  -\(.\), $option\( .*\)*\$/\1/p")
		# shellcheck disable=SC2046 # file names without blanks
		grep -qE -- "[^-a-z]($option${letter:+|-$letter})([^-a-z]|\$)" $(grep -l "$name" tests/cli/*.bats) ||
			complain "$name: no test uses $option"
	done
	for option in $manned; do
		echo "$helped" | grep -qx -- "$option" || complain "$man: $option is not in --help"
	done
done
exit $status
