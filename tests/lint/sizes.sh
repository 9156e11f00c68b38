#!/bin/sh
# SPDX-License-Identifier: MIT
# Functions of one screen, files that are read in one sitting; line 1 names the licence, line 2
# begins to say what the file is.
# usage: sizes.sh    in the top folder
function_max=60
file_max=350
status=0

sources=$(git ls-files 'cmd/*.c' 'lib/*.c' 'lib/*.h' 'tests/*.c' 'tests/*.h' 2>/dev/null)
[ -n "$sources" ] || sources=$(find cmd lib tests -name '*.[ch]')

for file in $sources; do
	lines=$(wc -l <"$file")
	case $file in
	tests/*) ;;
	*) if [ "$lines" -gt $file_max ]; then
		echo "$file: $lines lines, more than $file_max"
		status=1
	fi ;;
	esac
	if ! head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT'; then
		echo "$file: line 1 does not name the licence"
		status=1
	fi
	if ! sed -n 2p "$file" | grep -q '^/\*'; then
		echo "$file: line 2 does not begin to say what the file is"
		status=1
	fi
done

# shellcheck disable=SC2086 # a list of files without blanks
ctags -x --languages=C --kinds-C=f --fields=+ne --_xformat='%F %n %{end} %N' $sources |
	awk -v max=$function_max '
		{ n = $3 - $2 + 1; if (n > max) { print $1 ":" $2 ": " $4 " has " n " lines, more than " max; bad = 1 } }
		END { exit bad }' || status=1
exit $status
