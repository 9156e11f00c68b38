#!/bin/sh
# SPDX-License-Identifier: MIT
# The programs against jq, curl and xargs, in CPU time. Takes half a minute.
# usage: [ROUNDS=5] bench.sh BUILD
#
# shellcheck disable=SC2016,SC2034 # commands are expanded where they run

# shellcheck source=tests/bench/pair.sh
. "${0%/*}/pair.sh"

# pair NAME OURS THEIRS: theirs / ours
pair() {
	ours=$2 theirs=$3
	compare 'measure sh -c "$ours" >/dev/null 2>&1' 'measure sh -c "$theirs" >/dev/null 2>&1' | {
		read -r ours_s _
		read -r theirs_s _ _ ratio _
		printf '%-44s %8.3f s %8.3f s %8.1f x\n' "$1" "$ours_s" "$theirs_s" "$ratio"
	}
}

log='{"id":%d,"ts":"2026-11-22T10:00:00.%03dZ","level":"INFO","host":"web-%d","path":"/api/v1/items/%d","status":200,"bytes":%d,"ms":%d.%d,"agent":"Mozilla/5.0 (X11; Linux x86_64)","msg":"request served from the cache without trouble"}\n'
seq 100000 | awk -v f="$log" '{ printf f, $1, $1 % 1000, $1 % 16, $1, $1 * 7 % 99991, $1 % 300, $1 % 10 }' >logs
awk 'BEGIN { for (i = 0; i < 400; i++) { printf "{\"id\":%d,\"text\":\"", i; for (k = 0; k < 900; k++) printf "the quick brown fox jumps over the lazy dog, line %d\\n", k; print "\"}" } }' >documents
seq 1000 | sed 's/.*/{"id":&,"prompt":"say &"}/' >prompts
printf '{"contents":[{"parts":[{"text":"say"}]}]}' >body

printf '%-44s %10s %10s %10s\n' 'CPU time, median' 'gem' 'other' 'ratio'
pair 'template over 24 MB of log lines, jq -c' \
	"gem-split -t 'Why? \\(.msg)' logs" "jq -c '. + {prompt: \"Why? \\(.msg)\"}' logs"
pair 'template over 20 MB of documents, jq -c' \
	"gem-split -t 'Sum: \\(.text)' documents" "jq -c '. + {prompt: \"Sum: \\(.text)\"}' documents"
pair 'read and write logs in order, jq -c .' 'gem-merge logs' 'jq -c . logs'
pair '1,000 calls, 100 at once, curl --parallel' \
	'gem-sim --latency 1 -- gem-call -q -j 100 prompts' \
	'gem-sim --latency 1 -- sh -c '\''for i in $(seq 1000); do printf "next\nurl=%s/v1beta/models/gemini-flash-latest:generateContent\ndata=@body\nheader=x-goog-api-key: k\noutput=/dev/null\n" "$GOOGLE_GEMINI_BASE_URL"; done >c; curl -s --parallel --parallel-max 100 -K c'\'
pair '200 calls, 8 at once, xargs -P curl' \
	'gem-sim --latency 1 -- sh -c "head -n 200 prompts | gem-call -q -j 8"' \
	'gem-sim --latency 1 -- sh -c '\''seq 200 | xargs -P 8 -I{} curl -s -o /dev/null -H "x-goog-api-key: k" -d @body "$GOOGLE_GEMINI_BASE_URL/v1beta/models/gemini-flash-latest:generateContent"'\'
pair 'start 200 times, true' \
	'for i in $(seq 200); do gem-split </dev/null; done' 'for i in $(seq 200); do /bin/true </dev/null; done'
