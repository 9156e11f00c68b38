#!/bin/sh
# SPDX-License-Identifier: MIT
# Paired timings: each round runs the commands one after the other, and the median of the
# rounds' ratios is what counts, since machines are noisy. To be sourced, with BUILD as $1:
# sets PATH, $rounds (ROUNDS, 5), and goes to a folder that is removed at the end.

PATH=$(cd "$1" && pwd):$(cd "$1" && pwd)/tests/bench:$PATH
rounds=${ROUNDS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work" || exit 1

# compare COMMAND...: each command runs one program under `measure`. Prints a line a command:
# the medians of CPU seconds, wall seconds, peak bytes, its CPU seconds / the first's, the same
# of wall seconds, and of two more figures, which a command may write to descriptor 3.
compare() {
	for round in $(seq "$rounds"); do
		for command; do
			eval "$command" 3>figure
			echo "$round $(tr '\n' ' ' <figure)"
		done
	done | awk -v n=$# -v OFS="\t" '
		function median(column, i, values,   r, j, t) {
			for (r = 1; r <= NR / n; r++) {
				t = column[r, i]
				for (j = r - 1; j > 0 && values[j] > t; j--) values[j + 1] = values[j]
				values[j + 1] = t
			}
			return values[int((NR / n + 1) / 2)]
		}
		{ i = (NR - 1) % n + 1; cpu[$1, i] = $2; wall[$1, i] = $3; peak[$1, i] = $4
		  cpus[$1, i] = cpu[$1, 1] > 0 ? $2 / cpu[$1, 1] : 0
		  walls[$1, i] = wall[$1, 1] > 0 ? $3 / wall[$1, 1] : 0
		  one[$1, i] = $5 + 0; two[$1, i] = $6 + 0 }
		END { for (i = 1; i <= n; i++)
			print median(cpu, i), median(wall, i), median(peak, i), median(cpus, i), median(walls, i),
				median(one, i), median(two, i) }'
}
