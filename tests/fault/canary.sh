#!/bin/sh
# SPDX-License-Identifier: MIT
# Looks for a key in all that was written while WITNESS was on (witness.c): as it is, as JSON has
# it, as a URL has it, and in base64 wherever it begins.
# usage: canary.sh FOLDER KEY...
folder=$1
shift

# forms KEY: one a line.
forms() {
	printf '%s\n' "$1"
	printf '%s\n' "$1" | sed 's/["\\]/\\&/g'
	printf '%s\n' "$1" | sed 's/["\\/]/\\&/g'
	printf '%s\n' "$1" | jq -sRr 'rtrimstr("\n") | @uri'
	# the first and the last characters of base64 depend on the neighbours too
	for before in '' x xx; do
		printf '%s%s' "$before" "$1" | base64 -w 0 | sed 's/^....//; s/....$//'
		echo
	done
}

files=$(find "$folder" -type f | wc -l)
found=$(for key; do forms "$key"; done | sort -u | grep -raFlf - "$folder" | wc -l)
if [ "$found" = 0 ] && [ "$files" -gt 100 ]; then
	echo "ok - fault: no key in what $files programs have written"
else
	echo "not ok - fault: a key in what $found of $files programs have written: $folder"
fi
