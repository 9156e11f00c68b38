#!/bin/sh
# SPDX-License-Identifier: MIT
# The text filters against jq, gojq and miller doing the same, and against cat, all reading a
# pipe. The slow ones get a smaller file of the same kind; rates are per byte. Each command is
# first tried on a sample, and one that gives other records than ours is marked. Takes about
# three minutes, and 0.5 GB in TMPDIR.
# usage: [SIZE=200M] [PART=15M] [ROUNDS=5] bench-text.sh BUILD
#
# shellcheck disable=SC2016 # commands are expanded where they run

# shellcheck source=tests/bench/pair.sh
. "${0%/*}/pair.sh"
size=${SIZE:-200M}
part_size=${PART:-15M}

# data KIND [results]: the files all, part and sample
data() {
	generate "$1" "$size" ${2:+"$2"} >all
	generate "$1" "$part_size" ${2:+"$2"} >part
	generate "$1" 1M ${2:+"$2"} >sample
}

# records COMMAND: what it makes of the sample, all by one printer
records() {
	eval "cat sample | $1" | jq -cS .
}

# contest TITLE FILE COMMAND...: the first is ours; that and cat read FILE, the others `part`
contest() {
	printf '%s\n' "$1"
	file=$2
	shift 2
	records "$1" >expected
	for command; do
		shift
		program=${command%% *}
		command -v "$program" >/dev/null || continue
		case $program in gem-* | cat) input=$file ;; *) input=part ;; esac
		remark=
		[ "$program" = cat ] || records "$command" | cmp -s - expected || remark='  other output'
		printf '%s\t%s\t%s\n' "$(wc -c <"$input")" "$command" "$remark" >&4
		set -- "$@" "cat $input | measure $command >/dev/null"
	done 4>contenders
	compare "$@" | paste contenders - | awk -F '\t' '
		NR == 1 { ours = $1 }
		{ printf "  %-66s %8.0f %8.0f %8.1f %8.1f x%s\n", $2, $1 / $4 / 1e6, $1 / $5 / 1e6,
			$6 / 1048576, $7 * ours / $1, $3 }'
}

for program in gojq mlr; do
	command -v "$program" >/dev/null || echo "$program is not installed and left out"
done
printf '%-68s %8s %8s %8s %10s\n' "$size, a part of $part_size for the slow" 'MB/s cpu' 'MB/s' 'MB peak' 'ours is'

# template KIND TEMPLATE JQ MILLER: each sets prompt
template() {
	contest "gem-split -t over $1" all "gem-split -t '$2'" "gem-split -t '$2' | cat" \
		"jq -c '.prompt = $3'" "gojq -c '.prompt = $3'" "mlr --ijsonl --ojsonl put '\$prompt = $4'" cat
}

# filter KIND JQ
filter() {
	contest "gem-split --filter over $1" part "gem-split --filter '$2'" "jq -c '$2'" "gojq -c '$2'"
}

data logs
template logs 'Why? \(.msg)' '"Why? \(.msg)"' '"Why? " . $msg'
filter logs 'select(.level == "ERROR")'
filter logs '{id, m: .msg}'
data chats
template chats '\(.messages[0].content)' '"\(.messages[0].content)"' '$messages[1]["content"]'
template chats 'Chat \(.id)' '"Chat \(.id)"' '"Chat " . $id'
filter chats '{id, m: .messages[0].content}'
data chats-intl
template chats-intl '\(.messages[0].content)' '"\(.messages[0].content)"' '$messages[1]["content"]'
filter chats-intl '{id, m: .messages[0].content}'
data documents
template documents '\(.text)' '"\(.text)"' '$text'
filter documents '{id, text}'

for kind in logs chats chats-intl documents; do
	data "$kind" results
	contest "gem-merge of $kind" all gem-merge 'gem-merge | cat' "jq -sc 'sort_by(.call.seq)[]'" 'jq -c .' \
		"gojq -sc 'sort_by(.call.seq)[]'" 'mlr --ijsonl --ojsonl flatten then sort -nf call.seq then unflatten' cat
done
