#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# gem-call -j auto beside fixed numbers, in real time. A scenario is a kind of gem-sim; each
# contender has one of its own, with the same draws. They run at once, and the repeats of a
# scenario too, so that noise meets all alike; one repeat after the other where the calls are
# many. Goals are for the median of the repeats: `ratio` is -j auto to the fixed number that
# turned out to be the best. Takes four to five minutes.
# usage: [REPEATS=3] [CASES=REGEX] [KEEP=DIR] bench-limit-live.sh BUILD
#        KEEP: events, results and messages of all runs stay there.

PATH=$(cd "$1" && pwd):$PATH
repeats=${REPEATS:-3}
work=${KEEP:-$(mktemp -d)}
trap '[ "$KEEP" ] || rm -rf "$work"' EXIT
trap 'kill $(jobs -p) 2>/dev/null; wait; exit 1' HUP INT TERM
mkdir -p "$work" && cd "$work" || exit 1
unset GEM_MODEL
export HOME=$PWD

# log-normal answers: 116 ms in the median, 0.16 s in the mean, 432 ms for 95 of 100
latency=116,0.8
service=0.16
unloaded_p95=432
seq 200000 | sed 's/.*/{"prompt":"Say &"}/' >records

# client RUN OPTION...: one run, and what its server has seen: requests, 429, 503
client() {
	local run=$1
	shift
	trap 'kill $!' TERM
	gem-call --events "$run.events" "$@" records >"$run.out" 2>"$run.err" &
	wait
	curl -s "$GEMINI_BASE_URL/_sim/stats" | grep -E '"(requests|refused|overloaded)"' | tr -dc '0-9\n' >"$run.seen"
}
export -f client

# start NAME JOBS REPEAT 'OPTIONS' SERVER-OPTION...: a run with its server
start() {
	local run=$1.$2.$3 jobs=$2 repeat=$3 options=$4
	shift 4
	# shellcheck disable=SC2086,SC2016 # a list of words; client is a function
	gem-sim --latency $latency --seed "$repeat" "$@" -- \
		bash -c 'client "$@"' bash "$run" -j "$jobs" $options &
}

# figures RUN SECONDS: calls/s, p95 over that of an idle server, % of calls refused, records failed
figures() {
	awk -v seconds="$2" -v unloaded=$unloaded_p95 '
		function before(words) { return match($0, "[0-9.]+ " words) ? substr($0, RSTART) + 0 : 0 }
		FILENAME ~ /seen$/ { seen[FNR] = $1; next }
		/^Success:/ {
			ok = $2 + 0
			failed = before("failed") - before("stopped")
			sub(/.*p95 /, "")
			p95 = $2 ~ /^ms/ ? $1 : $1 * 1000
		}
		END { print ok / seconds, p95 / unloaded, 100 * (seen[2] + seen[3]) / seen[1], failed + 0 }
	' "$1.seen" "$1.err"
}

# verdict TITLE GOAL: of lines of JOBS REPEAT and figures. GOAL is a condition of awk on ratio,
# refused, p95 and failed of -j auto, and on calls[N] and slow[N], the calls/s and p95 of -j N.
verdict() {
	awk -v title="$1" -v goal="$2" '
		function median(figure, jobs,   v, i, j, t) {
			for (i = 1; i <= repeats; i++) {
				t = figure[jobs, i]
				for (j = i - 1; j > 0 && v[j] > t; j--) v[j + 1] = v[j]
				v[j + 1] = t
			}
			return v[int((repeats + 1) / 2)]
		}
		{
			rate[$1, $2] = $3; late[$1, $2] = $4; waste[$1, $2] = $5
			seen[$1]
			if ($1 == "auto") { repeats = $2; failed += $6 }
		}
		END {
			for (j in seen) {
				calls[j] = median(rate, j)
				slow[j] = median(late, j)
				if (j != "auto" && calls[j] > calls[best]) best = j
			}
			for (i = 1; i <= repeats; i++) share["auto", i] = rate["auto", i] / rate[best, i]
			ratio = median(share, "auto")
			refused = median(waste, "auto")
			p95 = slow["auto"]
			printf "%-27s %7.1f %8.1f %-5s %6.2f %8.1f %6.1f %6.1f  %-6s %s\n", title, calls["auto"],
				calls[best], "-j " best, ratio, refused, p95, slow[best], ('"$2"') ? "ok" : "short", goal
		}'
}

chosen() {
	[[ $1 =~ ${CASES:-.} ]]
}

# scenario TITLE SECONDS 'FIXED...' GOAL OPTION...
scenario() {
	local title=$1 name=${1//[^a-z0-9]/-} seconds=$2 contenders="auto $3" goal=$4 jobs repeat
	chosen "$title" || return
	shift 4
	for repeat in $(seq "$repeats"); do
		for jobs in $contenders; do start "$name" "$jobs" "$repeat" "--deadline $seconds --drain 0" "$@"; done
		[ -z "$alone" ] || wait
	done
	wait
	for repeat in $(seq "$repeats"); do
		for jobs in $contenders; do echo "$jobs $repeat $(figures "$name.$jobs.$repeat" "$seconds")"; done
	done | verdict "$title" "$goal"
}

# goal WHAT MOST: the median of a number for each repeat
goal() {
	sort -n | awk -v what="$1" -v most="$2" '{ v[NR] = $1 }
		END {
			m = NR ? v[int((NR + 1) / 2)] : "none"
			printf "%-62s %7s  %-6s <= %g\n", what, m, NR && m <= most ? "ok" : "short", most
		}'
}

# The first service time in which -j auto has 90 % of the answers that -j 256 has in one later on.
reach() {
	local repeat
	for repeat in $(seq "$repeats"); do
		awk -F '[:,]' -v s=$service '
			!/"class":"ok"/ { next }
			FILENAME ~ /256/ { n[int($4 / s)]++; last = int($4 / s); next }
			!rate { for (k = int(last / 2); k < last; k++) rate += n[k] / (last - int(last / 2)) }
			{ m[int($4 / s)]++ }
			END { for (k = 0; k < last && m[k] < .9 * rate; k++); print k + 1 }
		' "no-limit.256.$repeat.events" "no-limit.auto.$repeat.events"
	done | goal 'no limit: 90 % of the rate of -j 256 after service times' 10
}

# How long a run goes on after the first refusal, and what it has sent since.
per_day() {
	local repeat
	for repeat in $(seq "$repeats"); do start per-day auto "$repeat" '' --slots 24 --rpd 400; done
	wait
	for repeat in $(seq "$repeats"); do
		awk -F '[:,]' '/"class":"quota"/ && !first { first = $4 } /"event":"end"/ { print $4 - first }' \
			"per-day.auto.$repeat.events"
	done | goal 'quota of a day: seconds from the first refusal to the end' 2
	for repeat in $(seq "$repeats"); do
		awk -F 'in_flight":' 'FILENAME ~ /seen$/ { seen[FNR] = $1; next }
			/"event":"sent"/ { flight = $2 + 0 }
			/"class":"quota"/ { print (seen[2] > flight ? seen[2] - flight : 0); exit }' "per-day.auto.$repeat.seen" "per-day.auto.$repeat.events"
	done | goal 'quota of a day: refused calls beyond the number in flight' 3
}

printf '%27s %7s %14s %6s %8s %6s %6s\n' '' '-j auto' 'best fixed' '' 'refused' 'p95 /' 'fixed:' \
	'' 'calls/s' 'calls/s      ' 'ratio' '%' 'idle' 'same'
alone=1
scenario 'no limit' 20 256 'ratio >= .92'
chosen 'no limit' && reach
alone=
scenario '8 slots' 25 '8 16 32' 'ratio >= .93 && p95 <= 3' --slots 8
scenario '1200/min' 40 '2 4 8 16' 'ratio >= .92 && refused <= 4' --rpm 1200 --burst 60
scenario 'outage of 5 s, 24 slots' 30 '16 32 64' 'ratio >= .85 && refused <= 2 && failed == 0' \
	--slots 24 --outage 12,17
scenario '24 slots, later 6' 40 '8 16 32 64' 'ratio >= .9 && p95 <= .7 * slow[64]' --slots 24 --slots-at 20,6
scenario '12 slots, queue 12, then 503' 25 '8 12 16 24' 'ratio >= .9 && refused <= 4' --slots 12 --queue 12
scenario 'cap of 8 by 429' 25 '4 8 16' 'ratio >= .9' --slots 8 --queue 0,429
scenario '3 % fail, 24 slots' 25 '5 16 32 64' 'ratio >= .75 && calls["auto"] >= 3 * calls[5]' \
	--slots 24 --error-rate 0.03
if chosen 'quota of a day'; then per_day; fi
