#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call: what is to be seen of a run while it lasts, and what its limits came to.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
  prompts 30 >in
}

@test "--events tells each attempt, retry and result, in the order of time, and the end last" {
  run -0 gem-sim --error-rate 0.2 -- gem-call -q -j 4 --events events in
  attempts=$(jq -s 'map(.call.attempts) | add' <<<"$output")
  assert_equal "$(jq -s -c 'map(.event) | [index("sent"), index("end") == length - 1]' events)" '[0,true]'
  assert_equal "$(jq -s 'map(.t) == (map(.t) | sort)' events)" true
  assert_equal "$(jq -s -c 'group_by(.event) | map({(.[0].event): length}) | add | [.sent, .retry, .done]' events)" \
    "[$attempts,$((attempts - 30)),30]"
  assert_equal "$(jq -s -c 'map(select(.event == "done").id) | sort' events)" "$(seq 30 | jq -s -c .)"
  assert_equal "$(jq -s 'map(select(.event == "sent").in_flight) | max' events)" 4
  assert_equal "$(jq -c 'select(.event == "end") | del(.t)' events)" \
    '{"event":"end","why":"done","succeeded":30,"failed":0,"unattempted":0}'
}

@test "--events tells why a limit has changed, and a pause" {
  run -0 gem-sim --rpm 600 --burst 5 -- gem-call -q --events events in
  assert_equal "$(jq -s -c 'map(select(.event == "limit" and .unit == "calls/s"))[0] | [.old, .why]' events)" '[null,"refused"]'
  assert_equal "$(jq -s 'map(select(.event == "pause"))[0] | .why, .until > .t' events)" '"refused"
true'
}

@test "--events does not write over the input or the results" {
  cp in copy
  run -2 gem-sim -- gem-call --events in in
  assert_output --partial "file 'in': it is read as input too"
  cmp in copy
  gem-sim -- gem-call -q -o out in
  for option in -o --journal; do
    run -2 gem-sim -- gem-call -q $option out --events out in
    assert_output --partial "file 'out': results are written to it too"
  done
  run -2 sim -- sh -c 'gem-call -q --events out in >>out'
  assert_output --partial "file 'out': results are written to it too"
  run -2 sim -- sh -c 'gem-call -q --events /dev/stdout in | cat; exit 2'
  assert_output --partial "file '/dev/stdout': results are written to it too"
  assert_equal "$(wc -l <out)" 30
  run -0 sim -- sh -c 'gem-call -q --events /dev/null in >/dev/null'
  run -2 gem-sim -- gem-call -q --events /nonexistent/x in
  assert_output --partial "file '/nonexistent/x': No such file"
  run -2 gem-sim -- gem-call -q --events /dev/full in
  assert_output --partial 'events: No space left'
}

@test "--events does not write over what is no events" {
  gem-sim -- gem-call -q in >results
  cp results copy
  run -2 gem-sim -- gem-call -q --events results in
  assert_output "gem-call: file 'results': it holds something, and no events: not touched"
  cmp results copy
  gem-sim -- gem-call -q --events events in
  run -0 gem-sim -- gem-call -q --events events <(head -n 1 in)
  assert_equal "$(wc -l <events)" 3
}

@test "an interrupt ends the wait for a reader of the events" {
  mkfifo events
  run -143 timeout --preserve-status -k 5 .5 gem-call -q --events events in
}

@test "--progress prints plain lines, with the total as soon as it is known" {
  run -0 --separate-stderr gem-sim --latency 100 -- gem-call -j 5 --progress 100ms in
  assert_regex "$stderr" $'\n?[0-9]+/~?30 done, [0-9.]+/s, [0-5]/5 in flight'
  refute_regex "$stderr" $'\r'
  run -0 --separate-stderr gem-sim --latency 100 -- sh -c 'cat in | gem-call -j 5 --progress 100ms'
  assert_regex "$stderr" '[0-9] done, '
}

@test "--progress tells a pause and an outage, and takes no reused record for speed" {
  run -3 --separate-stderr gem-sim --rpm 20 --burst 10 -- gem-call --deadline 2s --progress 100ms in
  assert_regex "$stderr" 'refused, paused for [0-9]+ s'
  run -3 --separate-stderr gem-sim -- gem-call -j 5 --max-wait 1s --base-url http://127.0.0.1:1 --progress 100ms in
  assert_regex "$stderr" ', the server is away'
  sed 's/"}$/ #sim:slow=200"}/' in >slow
  start_sim
  gem-call -q -o out <(head -n 28 slow)
  run -0 gem-call -j 1 -o out --progress 100ms slow
  assert_regex "$output" '2[89]/~?30 done, [0-9]\.[0-9]/s'
  stop_sim
}

@test "the first failure of each class is told, once, and with -q none" {
  { printf '"#sim:block %s"\n' a b; echo '"#sim:maxtokens"'; echo '{"x":1}'; } >bad
  run -1 --separate-stderr gem-sim -- gem-call -k bad
  assert_equal "$(grep -c 'first failure of class' <<<"$stderr")" 2
  assert_regex "$stderr" 'gem-call: the first failure of class blocked: record 1: '
  for option in -q -r; do
    run -1 --separate-stderr gem-sim -- gem-call $option -k bad
    refute_regex "$stderr" 'first failure'
  done
}

@test "a bar on a terminal that no results go to; it clears its line before others; not with -q" {
  bar=$'[0-9]+/~?30 done, [^\n]*\033\\[K\r'
  run -0 gem-sim --latency 200 -- script -qec 'gem-call -j 5 in >/dev/null' /dev/null
  assert_regex "$output" "$bar"
  assert_regex "$output" $'\033\\[K\rSuccess: 30/30[^\r]*\033\\[K\r'
  run -0 gem-sim --latency 200 -- script -qec 'gem-call -q -j 5 in >/dev/null' /dev/null
  assert_output ''
  run -0 gem-sim --latency 200 -- script -qec 'gem-call -j 5 in' /dev/null
  refute_output --partial 'in flight'
  run -0 --separate-stderr gem-sim --latency 200 -- gem-call -j 5 in
  refute_regex "$stderr" $'\r'
}

@test "the end line tells a limit that was found as options, and none that was given" {
  run -0 --separate-stderr gem-sim --rpm 600 --burst 5 -- gem-call in
  assert_regex "$stderr" 'Success: 30/30.*, settled at.* --rate [0-9.]+/s$'
  run -0 --separate-stderr gem-sim -- gem-call -j 5 in
  refute_regex "$stderr" settled
  head -n 5 in >few
  run -0 --separate-stderr gem-sim --latency 50 -- gem-call few
  refute_regex "$stderr" settled
}

@test "a reader that takes nothing does not make a run that nobody can end" {
  start_sim
  mkfifo events
  exec 8<>events
  seq 20000 | sed 's/.*/"&"/' >in
  gem-call -q --events events in >out 3>&- 8>&- &
  pid=$!
  for _ in $(seq 300); do
    [ "$(wc -l <out)" = 20000 ] && break
    sleep 0.1
  done
  sleep 0.3
  kill -TERM $pid
  sleep 0.3
  kill -TERM $pid || true # the first one may have been taken while the run drained
  status=0
  wait $pid || status=$?
  assert_equal "$status" 143
  exec 8>&-
  stop_sim
}
