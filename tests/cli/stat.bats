#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-stat: what a run did, told from results that are written by hand.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

# ok N: a success that took N ms, after 10 N ms of waiting, settled at second N
ok() {
  printf '{"id":%s,"response":"x","success":true,"call":{"attempts":1,"usage":{"in":100,"out":20,"think":5,"cached":50},"ms":{"wait":%s0,"first":1,"total":%s},"at":"2026-11-23T10:00:%02d.500Z","seq":%s}}\n' \
    "$1" "$1" "$1" "$1" "$1"
}

# bad CLASS: a failure after three attempts
bad() {
  printf '{"id":1,"error":"no","success":false,"call":{"class":"%s","attempts":3,"at":"2026-11-23T10:00:00.000Z"}}\n' "$1"
}

@test "a file that is read is not written over by its report" {
  ok 1 >in
  cp in copy
  run -2 bash -c 'gem-stat in >>in'
  assert_output 'gem-stat: standard output is a file that is read as input too'
  cmp in copy
}

@test "a class that is none of ours is a failure without a class" {
  echo '{"prompt":"a","error":"x","success":false,"call":{"class":"budget"}}' >odd
  run -0 gem-stat odd
  assert_line --partial '(no class)          1'
}

@test "the report counts results, failures by class, attempts, tokens, times and latencies" {
  { for n in $(seq 50); do ok "$n"; done; bad rate; bad rate; bad blocked; } >in
  run -0 gem-stat in
  assert_output 'results              53
  ok                 50   94.3 %
  rate                2    3.8 %
  blocked             1    1.9 %
attempts             59  3 retried
tokens             5000 in  2500 cached  1000 out  250 thought
ms of successes     p50       p90       p95       p99       max
  wait              250       452       484       500       500
  total              25        45        48        50        50
settled       2026-11-23T10:00:00.000Z to 2026-11-23T10:00:50.500Z, 50.5 s'
}

@test "--json tells the same as one object" {
  { for n in $(seq 50); do ok "$n"; done; bad rate; bad rate; bad blocked; } >in
  run -0 gem-stat --json in
  assert_output '{"results":53,"ok":50,"failed":{"rate":2,"blocked":1},"not_called":0,"attempts":59,"retried":3,"tokens":{"in":5000,"out":1000,"think":250,"cached":2500},"ms":{"wait":{"p50":250,"p90":452,"p95":484,"p99":500,"max":500},"total":{"p50":25,"p90":45,"p95":48,"p99":50,"max":50}},"first":"2026-11-23T10:00:00.000Z","last":"2026-11-23T10:00:50.500Z","span_ms":50500}'
  jq -e . <<<"$output"
}

@test "failures in the results are no failure of the report" {
  bad server >in
  run -0 gem-stat in
  assert_output --partial 'server              1  100.0 %'
}

@test "the two objects of the tutorial and lines of a batch are counted" {
  printf '%s\n' '{"prompt":"a","response":"A","success":true}' '{"prompt":"b","error":"no","success":false}' \
    '{"key":"k","response":{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2}}}' \
    '{"key":"k","error":{"code":429,"message":"slow down"}}' >in
  run -0 gem-stat --json in
  assert_equal "$(jq -c '[.results, .ok, .failed, .tokens.in, .ms]' <<<"$output")" '[4,2,{"rate":1,"none":1},7,null]'
  run -0 gem-stat in
  assert_output --partial '(no class)          1   25.0 %'
}

@test "lines of --events are counted by their kind, and are no records" {
  prompts 20 >in
  run -0 gem-sim --error-rate 0.2 -- gem-call -q --events events in
  run -0 gem-stat --json events
  assert_equal "$(jq -c '[.results, .not_called, .events.done, .events.end, .events.sent - .events.retry]' <<<"$output")" \
    '[0,0,20,1,20]'
  { ok 1; echo '{"id":2,"prompt":"x","event":"done"}'; head -n 2 events; tail -n 1 events; } >mixed
  run -0 gem-stat mixed
  assert_output --partial 'not called            1
events                3  2 sent  1 end
attempts              1'
}

@test "records that nobody has called are counted apart" {
  { ok 1; echo '{"id":2,"prompt":"x"}'; } >in
  run -0 gem-stat in
  assert_line --index 0 'results               1'
  assert_output --partial 'not called            1'
}

@test "a bad line is named with its place, the rest is counted, exit 1" {
  { ok 1; echo 'nonsense'; echo; ok 2; } >in
  run -1 --separate-stderr gem-stat --json in
  assert_equal "$(jq .results <<<"$output")" 2
  assert_regex "$stderr" 'gem-stat: in:2:1: '
}

@test "of many bad lines ten are named, and the rest is counted" {
  seq 2000 | sed 's/.*/{"a":&]/' >"$BATS_TEST_TMPDIR/bad"
  run -1 --separate-stderr gem-stat "$BATS_TEST_TMPDIR/bad"
  assert_equal "${#stderr_lines[@]}" 11
  assert_regex "${stderr_lines[10]}" '^gem-stat: 1990 more lines '
}

@test "a file that cannot be read is named, the others are counted, exit 2" {
  ok 1 >in
  run -2 --separate-stderr gem-stat --json nowhere in
  assert_equal "$(jq .results <<<"$output")" 1
  assert_equal "$stderr" 'gem-stat: nowhere: No such file or directory'
}

@test "a time that is none is not shown: a terminal would obey it" {
  printf '{"prompt":"p","response":"r","success":true,"call":{"at":"2026-11-22T10:00:00\xc2\x9b31m"}}\n' >in
  run -0 gem-stat in
  refute_output --partial settled
}

@test "no input gives no report" {
  run -0 gem-stat </dev/null
  assert_output ''
  run -0 gem-stat --json </dev/null
  assert_output ''
}

@test "a full disk is exit 2" {
  ok 1 >in
  run -2 bash -c 'gem-stat in >/dev/full'
}
