#!/bin/sh
# SPDX-License-Identifier: MIT
# The tour: real input, real pipelines, each printed before it runs. Against the simulated
# API; with LIVE=1 and a GEMINI_API_KEY the same commands call the real one.
# usage: demo.sh BUILD
set -e
PATH=$(cd "$1" && pwd):$PATH
export PATH

if [ "$LIVE" = 1 ]; then
	if [ -z "$GEMINI_API_KEY" ]; then
		echo "demo: LIVE=1 needs GEMINI_API_KEY (https://aistudio.google.com/apikey)" >&2
		exit 2
	fi
elif [ -z "$DEMO_SIMULATED" ]; then
	# everything below runs again, as the command of the simulator
	DEMO_SIMULATED=1 exec gem-sim --latency 120,0.3 -- sh "$0" "$1"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# title TEXT: bold on a terminal
title() {
	if [ -t 1 ]; then
		printf '\n\033[1m%s\033[0m\n' "$1"
	else
		printf '\n%s\n' "$1"
	fi
}

# run COMMAND-LINE: prints it, then runs it
run() {
	printf '\n$ %s\n' "$1"
	sh -c "$1"
}

if [ "$LIVE" = 1 ]; then
	echo "These commands call the real API with your key."
else
	echo "These commands call gem-sim, an API on this machine; its answers say [simulated]."
fi

title '1. The tutorial: four prompts, three at once'
printf '%s\n' 'Count to 3' 'Name 3 colors' 'Name 3 animals' 'Name 3 fruits' >prompts.txt
run 'cat prompts.txt'
run 'gem-split -R prompts.txt | gem-call -j 3 --emit seed'

title '2. A long text: its pieces summarised at once, then the summaries'
gpl=/usr/share/common-licenses/GPL-3
# shellcheck disable=SC2016 # printed and run as they stand
{
	run "gem-split -w --chunk 4000 --overlap 200 -t 'Summarise: \\(.text)' $gpl > pieces.ndjson; wc -l < pieces.ndjson"
	run 'gem-call -j 10 pieces.ndjson > answers.ndjson'
	run "gem-merge --gather -t 'Summarise: \\(.response)' answers.ndjson | gem-call -r"
}

title '3. A log: each line classified, and counted'
lines=200
[ "$LIVE" != 1 ] || lines=20 # real calls cost, and a free key makes few a minute
log=/var/log/dpkg.log
if [ ! -s "$log" ] || [ ! -r "$log" ]; then
	log=/var/lib/dpkg/status
fi
run "head -n $lines $log > log.txt"
run "gem-split -R -t 'What happened? Answer with one of: status, install, upgrade, remove, configure, startup, other. The line: \\(.text)' log.txt |
    gem-call -j 20 | gem-merge -r | sort | uniq -c | sort -rn"

title 'And what a run did, from its results'
run 'gem-stat answers.ndjson'
echo
