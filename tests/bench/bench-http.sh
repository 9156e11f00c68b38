#!/bin/sh
# SPDX-License-Identifier: MIT
# gem-call and other HTTP clients, making the same calls of a server that takes its time: what a
# call costs them, and how many there are in a second. The clients' CPU time alone is counted;
# servers have the other core, so rates say more about the pair. curl sends one and the same
# body, wrk and h2load too. What is not installed is named and left out; the SDK is there after
# `make check-sdk`. Takes about ten minutes; goals are for SCALE=100 on a machine with two cores.
# usage: [ROUNDS=5] [SCALE=100] [CASES='...'] [SOAK=1] bench-http.sh BUILD
#        SCALE is the percentage of the calls, SOAK=1 adds a million calls in one go.
#
# shellcheck disable=SC2154,SC3045 # variables of the two files; each sh has ulimit -n

build=$(cd "$1" && pwd)
here=$(cd "${0%/*}" && pwd)
# shellcheck source=tests/bench/pair.sh
. "$here/pair.sh"
# shellcheck source=tests/bench/servers.sh
. "$here/servers.sh"
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY GEM_MODEL GOOGLE_GEMINI_BASE_URL
export GEMINI_API_KEY=k HOME="$work"
ulimit -n "$(ulimit -H -n)"

path=/v1beta/models/gemini-flash-latest:generateContent
prompt='Summarise in one sentence: the quick brown fox jumps over the lazy dog near the bank of the river, and the dog does not mind at all, since it has seen foxes before.'
few=300 # calls of those that start a process for each
printf '{"contents":[{"role":"user","parts":[{"text":"%s"}]}]}' "$prompt" >body
cat >post.lua <<-'END'
	wrk.method = "POST"
	wrk.body = io.open("body"):read("*a")
	wrk.headers["Content-Type"] = "application/json"
END

limited() {
	measure timeout 300 "$@"
}

# one_curl [COMMAND...]: COMMAND, and the curl that makes one call
one_curl() {
	limited "$@" curl -s -o /dev/null -H 'Content-Type: application/json' -H 'x-goog-api-key: k' -d @body "$url$path"
}

h2load_post() {
	case $url in
	https*) set -- -c $(((flight + 99) / 100)) -m 100 ;;
	*) set -- --h1 -c "$flight" ;;
	esac
	limited h2load "$@" -n "$calls" -d body -H 'content-type: application/json' "$url$path"
}

# client NAME: makes $calls calls or, where each takes long, fewer; $flight at once
client() {
	case $1 in
	gem-call) limited gem-call -q -j "$flight" --base-url "$url" ${cacert:+--cacert "$cacert"} records ;;
	curl) limited curl -s --parallel --parallel-max "$flight" ${cacert:+--cacert "$cacert"} -K config ;;
	xargs) seq $few | one_curl xargs -P 8 -I '{}' ;;
	parallel) seq $few | one_curl parallel -j 8 -N0 -q ;;
	sdk) limited node "$build/sdk/pool.mjs" "$url" "$flight" "$((calls < 5000 ? calls : 5000))" "$prompt" ;;
	wrk) limited wrk -t 1 -c "$flight" -d 2s -s post.lua "$url$path" ;;
	h2load) h2load_post ;;
	bare) limited bare "$port" "$flight" "$calls" <body ;;
	esac
}

there() {
	case $1 in
	sdk) command -v node && [ -d "$build/sdk/node_modules/@google/genai" ] ;;
	*) command -v "$1" ;;
	esac >/dev/null
}

# run NAME: one contender in one round
run() {
	client "$1" >/dev/null 2>>errors || echo "$1" >>failed
	counts >&3
}

# what the contenders read
write_records() {
	seq "$1" | sed "s/.*/{\"id\":&,\"prompt\":\"$prompt\"}/" >records
	{
		printf 'data = @body\nheader = "Content-Type: application/json"\nheader = "x-goog-api-key: k"\n'
		yes "url = $url$path" | head -n "$1"
	} >config
}

# contest TITLE FLIGHT CALLS CONTENDER...: gem-call is the first, and what the others are compared with
contest() {
	calls=$(($3 * ${SCALE:-100} / 100))
	flight=$(($2 < calls ? $2 : calls))
	printf '%s, %s in flight, %s calls\n' "$1" "$flight" "$calls"
	shift 3
	write_records "$calls"
	: >contenders
	for contender; do
		shift
		there "$contender" || continue
		echo "$contender" >>contenders
		set -- "$@" "run $contender"
	done
	counts >/dev/null
	compare "$@" | paste contenders - | awk -F '\t' -v OFS='\t' '
		$8 == 0 { next }
		NR == 1 { calls = $8 }
		{ print $1, $2 / $8 * 1e6, $8 / $3, $3, $4 / 1e6, $7, $8, $5 * calls / $8 }' >rows
	awk '{ printf "  %-10s %10.1f %10.0f %8.2f %8.1f %8d %8d %10.2f x\n", $1, $2, $3, $4, $5, $6, $7, $8 }' rows
	[ ! -s failed ] || sort failed | uniq -c | awk '{ print "  FAILED: " $2 ", " $1 " times" }'
	rm -f failed
}

# figure NAME us|rate|wall|mb|connections: of the last contest, or `none`
figure() {
	awk -v name="$1" -v column="$2" '
		BEGIN { split("name us rate wall mb connections", names); for (i in names) at[names[i]] = i }
		$1 == name { value = $at[column] }
		END { print value == "" ? "none" : value }' rows
}

# goal WHAT FIGURE <=|>= LIMIT: FIGURE is an expression of awk; one with `none` in it is left out
goal() {
	case $2 in *none*) return ;; esac
	awk -v what="$1" -v sign="$3" -v limit="$4" "BEGIN { value = $2 + 0
		printf \"  goal: %-40s %10.2f %s %-8s %s\n\", what, value, sign, limit, (value $3 $4) ? \"met\" : \"MISSED\"
	}" | tee -a goals
}

# ratio A B COLUMN: an expression for `goal`
ratio() {
	echo "$(figure "$1" "$3") / $(figure "$2" "$3")"
}

case_fast() {
	late_server 0
	contest 'HTTP/1.1, 0 ms' 100 20000 gem-call curl xargs parallel sdk wrk h2load bare
	goal 'CPU, times curl --parallel' "$(ratio gem-call curl us)" '<=' 1.0
	goal 'CPU, times wrk' "$(ratio gem-call wrk us)" '<=' 10
	goal 'calls/s' "$(figure gem-call rate)" '>=' 20000
	goal 'CPU of xargs -P 8 curl, times ours' "$(ratio xargs gem-call us)" '>=' 100
	goal 'CPU of GNU parallel curl, times ours' "$(ratio parallel gem-call us)" '>=' 200
	goal 'peak memory, MB' "$(figure gem-call mb)" '<=' 24
}

case_busy() {
	late_server 50
	contest 'HTTP/1.1, 50 ms' 1000 20000 gem-call curl sdk wrk h2load bare
	goal 'CPU, times curl --parallel' "$(ratio gem-call curl us)" '<=' 0.6
	goal 'CPU, times the SDK' "$(ratio gem-call sdk us)" '<=' 0.1
	goal 'wall, times ideal' "$(figure gem-call wall) / ($calls / $flight * 0.05)" '<=' 1.25
	goal 'peak memory, MB' "$(figure gem-call mb)" '<=' 45
}

case_wide() {
	late_server 1000
	contest 'HTTP/1.1, 1 s' 1000 3000 gem-call h2load bare
	at_1000=$(figure gem-call us)
	goal 'wall, times bare' "$(ratio gem-call bare wall)" '<=' 1.2
	goal 'peak memory, MB' "$(figure gem-call mb)" '<=' 45
	[ "$(ulimit -n)" -ge 10100 ] || { echo "10,000 in flight left out: ulimit -H -n is $(ulimit -n)"; return; }
	contest 'HTTP/1.1, 1 s' 10000 30000 gem-call h2load bare
	goal 'wall, times bare' "$(ratio gem-call bare wall)" '<=' 1.2
	goal 'CPU, times that at 1,000' "$(figure gem-call us) / $at_1000" '<=' 2
	goal 'peak memory, MB' "$(figure gem-call mb)" '<=' 300
}

case_h2() {
	for program in nginx nghttpx; do
		command -v $program >/dev/null || continue
		front $program 50
		contest "HTTP/2 over TLS, $program, 50 ms" 100 5000 gem-call curl h2load
		goal 'CPU, times curl --parallel' "$(ratio gem-call curl us)" '<=' 1.0
		goal 'connections' "$(figure gem-call connections)" '<=' 1
		goal 'peak memory, MB' "$(figure gem-call mb)" '<=' 24
		contest "HTTP/2 over TLS, $program, 50 ms" 1000 20000 gem-call curl h2load
		goal 'CPU, times curl --parallel' "$(ratio gem-call curl us)" '<=' 1.0
		goal 'connections' "$(figure gem-call connections)" '<=' 10
		goal 'peak memory, MB' "$(figure gem-call mb)" '<=' 45
	done
}

# what gem-call says that a call took, beyond what the server did
case_latency() {
	late_server 50
	write_records $((5000 * ${SCALE:-100} / 100))
	echo 'Added latency, HTTP/1.1, 50 ms, 100 in flight'
	for _ in $(seq "$rounds"); do
		timeout 300 gem-call -q -j 100 --base-url "$url" records
	done | grep -o '"total":[0-9.]*' | cut -d: -f2 | sort -n >latencies
	quantile() {
		awk -v n="$(wc -l <latencies)" -v q="$1" 'NR >= n * q { print $1 - 50; exit }' latencies
	}
	printf '  p90 %s ms, p99 %s ms, longest %s ms\n' "$(quantile 0.9)" "$(quantile 0.99)" "$(quantile 1)"
	goal 'p50, ms' "$(quantile 0.5)" '<=' 1
}

# start SERVER: a process for each call
# shellcheck disable=SC2016,SC2034 # $loop is expanded where it runs
start() {
	loop='for i in $(seq 20); do "$@" >/dev/null || exit; done'
	compare 'measure sh -c "$loop" sh gem-call -q --base-url "$url" ${cacert:+--cacert "$cacert"} records' \
		'measure sh -c "$loop" sh curl -s ${cacert:+--cacert "$cacert"} -H x-goog-api-key:k -d @body "$url$path"' >pair
	awk '{ printf "  %-10s %10.1f ms CPU %10.1f ms wall\n", NR == 1 ? "gem-call" : "curl", $1 * 50, $2 * 50 }' pair
	goal "wall, times curl, $1" "1 / $(awk 'NR == 2 { print $5 }' pair)" '<=' 1.2
}

case_start() {
	echo 'One call in a shell loop'
	write_records 1
	late_server 0
	start http
	command -v nginx >/dev/null || return 0
	front nginx 50
	start 'https, 50 ms'
}

# sample NAME: pages of memory and open descriptors of gem-call, while it is at work
sample() {
	pid=$(pgrep -P "$soak" gem-call) || { echo "gem-call has ended before $1 was taken" >&2; exit 1; }
	peak=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status") # what is resident comes and goes
	echo "$peak" "$(find "/proc/$pid/fd" -type l | wc -l)" >"$1"
}

# A million calls; what comes out is looked at line by line as it comes.
case_soak() {
	late_server 0
	total=$((1000000 * ${SCALE:-100} / 100))
	echo "Soak, HTTP/1.1, 0 ms, 100 in flight, $total calls"
	mkfifo soak.in soak.out
	seq "$total" | sed "s/.*/{\"id\":&,\"prompt\":\"$prompt\"}/" >soak.in &
	pids="$pids $!"
	timeout -k 5 600 gem-call -q -j 100 --base-url "$url" soak.in >soak.out 2>>errors &
	soak=$!
	pids="$pids $soak"
	awk -F '[:,]' -v early=$((total / 5)) -v late=$((total * 9 / 10)) '
		!seen[$2]++ { once++ }
		NR == early { print "early"; fflush() }
		NR == late { print "late"; fflush() }
		END { print "end", once, NR }' <soak.out | while read -r when once all; do
		case $when in
		end) echo "$once $all" >soak.end ;;
		*) sample "soak.$when" ;;
		esac
	done
	read -r early early_fds <soak.early
	read -r late late_fds <soak.late
	read -r once all <soak.end
	printf '  %s and %s MB, %s and %s descriptors\n' $((early / 1024)) $((late / 1024)) "$early_fds" "$late_fds"
	goal 'memory at the end, times that after a fifth' "$late / $early" '<=' 1.05
	goal 'descriptors at the end, beyond those then' "$late_fds - $early_fds" '<=' 0
	goal 'records that came out' "$once" '>=' "$total"
	goal 'lines that came out' "$all" '<=' "$total"
}

for contender in curl xargs parallel sdk wrk h2load nginx nghttpx; do
	there $contender || echo "$contender is not there and left out"
done
[ ! -d "$build/sdk" ] || cp "$here/sdk.mjs" "$build/sdk/pool.mjs"
late_server 0
printf '%-12s %10s %10s %8s %8s %8s %8s %12s\n' '' 'us CPU/call' 'calls/s' 's wall' 'MB peak' 'connects' \
	'requests' 'to gem-call'
for name in ${CASES:-fast busy wide h2 latency start} ${SOAK:+soak}; do
	"case_$name"
done
awk '{ n++; met += $NF == "met" } END { print met + 0 " of " n + 0 " goals met" }' goals
