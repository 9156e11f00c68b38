#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-merge: order, choice and shape of results. No server: the results are written by hand.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

# ok SEQ [ID], bad SEQ [ID]: a result of gem-call, written by hand
ok() {
  printf '{"id":"%s","prompt":"p%s","response":"answer %s","success":true,"call":{"seq":%s,"attempts":1,"usage":{"in":10,"out":2,"think":1,"cached":0},"ms":{"wait":5,"first":9,"total":100}}}\n' \
    "${2-r$1}" "$1" "$1" "$1"
}

bad() {
  printf '{"id":"%s","prompt":"p%s","error":"HTTP status 429","success":false,"call":{"class":"rate","seq":%s,"attempts":3}}\n' \
    "${2-r$1}" "$1" "$1"
}

@test "what cannot be used is status 1, with --ok too" {
  good='{"id":1,"response":"x","success":true}'
  run -1 gem-merge --ok -t '\(.tilte)' <<<"$good"
  run -1 gem-merge --ok -r <<<'{"id":1,"response":5,"success":true}'
  run -0 gem-merge --ok -r <<<"$good"
}

@test "--failed says that results do not hold their requests" {
  run -0 gem-merge --failed <<<'{"key":"k","error":{"code":400,"message":"m"}}'
  assert_line --partial 'gem-merge: results do not hold their requests'
}

@test "results come out in the order of their seq" {
  for n in 3 0 4 1 2; do ok $n; done >in
  run -0 gem-merge in
  assert_equal "$(jq -r .call.seq <<<"$output" | tr '\n' ' ')" '0 1 2 3 4 '
}

@test "a hundred results in any order come out sorted, each once" {
  for n in $(seq 0 99); do ok "$n"; done >sorted
  shuf --random-source=<(yes) sorted >in
  gem-merge in >out
  cmp out sorted
}

@test "what is in order does not wait for the end of the input" {
  mkfifo pipe out
  gem-merge <pipe >out 3>&- 4>&- &
  exec 8>pipe 9<out
  ok 1 >&8
  ok 0 >&8
  read -r -t 20 first <&9
  read -r -t 20 second <&9
  exec 8>&- 9<&-
  wait
  assert_equal "$(jq -c .call.seq <<<"$first $second" | tr '\n' ' ')" '0 1 '
}

@test "a seq that came before begins a new run, and nothing is lost" {
  { ok 1 a1; ok 0 a0; ok 3 a3; ok 1 b1; ok 0 b0; ok 2 b2; } >in
  run -0 --separate-stderr gem-merge in
  assert_equal "$(jq -r .id <<<"$output" | tr '\n' ' ')" 'a0 a1 a3 b0 b1 b2 '
}

@test "results of one seq come out one after the other, and are named" {
  { ok 2 a2; ok 2 b2; ok 0 b0; ok 1 b1; } >in
  run -0 --separate-stderr gem-merge in
  assert_equal "$(jq -r .id <<<"$output" | tr '\n' ' ')" 'b0 b1 a2 b2 '
  assert_equal "$stderr" 'gem-merge: call.seq 2 came more than once: 1 in all'
}

@test "a seq that came before, in the middle of a file, is named" {
  { ok 0; ok 1; ok 0; } >in
  run -0 --separate-stderr gem-merge in
  assert_equal "${stderr_lines[0]}" 'gem-merge: call.seq 0 came before: taken for the start of another run: 1 in all'
  assert_regex "${stderr_lines[1]}" 'gem-call -k --journal FILE'
  run -0 --separate-stderr gem-merge <(ok 0; ok 1) <(ok 1; ok 0)
  assert_equal "$(jq -r .call.seq <<<"$output" | tr '\n' ' ')" '0 1 0 1 '
  assert_equal "$stderr" ''
}

@test "a run in a file of its own may begin with any number" {
  run -0 --separate-stderr gem-merge <(ok 0 a0; ok 1 a1) <(ok 3 b3; ok 0 b0; ok 1 b1; ok 2 b2)
  assert_equal "$(jq -r .id <<<"$output" | tr '\n' ' ')" 'a0 a1 b0 b1 b2 b3 '
  assert_equal "$stderr" ''
}

@test "a run that was cut into files comes out whole, without a word" {
  for n in 0 2 1 5 3 4 7 6; do ok "$n"; done | split -l 3
  run -0 --separate-stderr gem-merge xaa xab xac
  assert_equal "$(jq -r .call.seq <<<"$output" | tr '\n' ' ')" '0 1 2 3 4 5 6 7 '
  assert_equal "$stderr" ''
}

@test "a result that comes twice in a row begins no run, and nothing waits for it" {
  run -0 --separate-stderr gem-merge <(ok 0; ok 1; ok 1; ok 2; ok 3)
  assert_equal "$(jq -r .call.seq <<<"$output" | tr '\n' ' ')" '0 1 1 2 3 '
  assert_equal "$stderr" 'gem-merge: call.seq 1 came more than once: 1 in all'
}

@test "gaps are no failure, and are named" {
  { ok 5; ok 1; ok 2; } >in
  run -0 --separate-stderr gem-merge in
  assert_equal "$stderr" 'gem-merge: call.seq 0, 3-4 never came: 3 in all'
  assert_equal "$(jq -r .call.seq <<<"$output" | tr '\n' ' ')" '1 2 5 '
  for n in $(seq 1 2 40); do ok "$n"; done >in
  run -0 --separate-stderr gem-merge in
  assert_equal "$stderr" 'gem-merge: call.seq 0, 2, 4, 6, 8, 10, 12, 14, ... never came: 20 in all'
}

@test "-S bounds what is held in memory; the rest waits in TMPDIR, in a file without a name" {
  for n in $(seq 0 299); do ok "$n"; done >sorted
  tac sorted >in
  mkdir tmp
  for size in 0 10K 1M; do
    TMPDIR=$PWD/tmp gem-merge -S "$size" in >out
    cmp out sorted
  done
  assert_equal "$(ls tmp)" ''
  TMPDIR=/nowhere run -2 --separate-stderr gem-merge --buffer-size 10K in
  assert_regex "$stderr" '^gem-merge: /nowhere: No such file or directory: .*TMPDIR .*--buffer-size$'
  TMPDIR=/nowhere run -0 --separate-stderr gem-merge --buffer-size 0 sorted
  assert_output "$(cat sorted)"
}

@test "a disk that is full of results that wait is exit 2 with a hint" {
  for n in $(seq 100 -1 1); do ok "$n"; done >in
  run -2 --separate-stderr bash -c 'ulimit -f 4; gem-merge -S 0 in'
  assert_output ''
  assert_regex "$stderr" '^gem-merge: .*: File too large: .*TMPDIR .*--buffer-size$'
}

@test "the file of results that wait is no longer than those that wait" {
  for n in $(seq 0 2 98); do ok $((n + 1)); ok "$n"; done >in
  run -0 bash -c 'ulimit -f 1; gem-merge -S 0 in | jq -r .call.seq'
  assert_output "$(seq 0 99)"
}

@test "a lone result from far into a run needs no memory for those before it" {
  ok 900000000000 >in
  gem-merge in >out
  cmp out in
}

@test "records without a seq pass in the order they came" {
  printf '%s\n' '{"prompt":"b","response":"B","success":true}' '{"z":1}' '{"prompt":"a","error":"no","success":false}' >in
  run -1 gem-merge in
  assert_output "$(cat in)"
}

@test "a field that stands twice counts the last time, told of once" {
  line='{"id":1,"response":"a","\u0072esponse":"b","success":true}'
  run -0 --separate-stderr gem-merge -r <<<"$line"$'\n'"$line"
  assert_output $'b\nb'
  assert_equal "$stderr" 'gem-merge: records have a field more than once: the last one counts'
}

@test "unknown fields pass byte for byte" {
  line='{ "b" : 1.0, "id":12345678901234567890 ,"é":"\u00e9\/","a":1,"a":2,"response":"x","success":true, "e":1E400}'
  run -0 gem-merge <<<"$line"
  assert_output "$line"
}

@test "--ok gives the successes and exits 0" {
  { ok 0; bad 1; ok 2; } >in
  run -0 --separate-stderr gem-merge --ok in
  assert_equal "$(jq -r .id <<<"$output" | tr '\n' ' ')" 'r0 r2 '
}

@test "--failed gives the original requests of the failures and exits 0" {
  { ok 0; bad 1; printf '%s\n' '{"id":7,"x":1.0,"prompt":"p","response":"part","error":"cut","success":false,"ask":{"model":"m"},"call":{"class":"truncated","seq":2}}'; } >in
  run -0 gem-merge --failed in
  assert_output '{"id":"r1","prompt":"p1"}
{"id":7,"x":1.0,"prompt":"p","ask":{"model":"m"}}'
}

@test "a failure that was read is exit 1, none is exit 0" {
  { ok 0; bad 1; } >in
  run -1 gem-merge in
  run -0 gem-merge < <(ok 0)
}

@test "-r writes the text alone, and failures on stderr" {
  { bad 1; printf '%s\n' '{"id":"x","response":"two\nlines \"é\" \ud83d\ude00","success":true,"call":{"seq":0}}'; } >in
  run -1 --separate-stderr gem-merge -r in
  assert_output $'two\nlines "é" 😀'
  assert_equal "$stderr" 'gem-merge: "r1": rate: HTTP status 429'
}

@test "-r tells all of an error, with a NUL in it too" {
  run -1 --separate-stderr gem-merge -r <<<'{"error":"a\u0000b and the rest","success":false}'
  assert_equal "$stderr" 'gem-merge: record 1: a b and the rest'
}

@test "-r names what has no text for a response, and writes no line for it" {
  printf '{"id":"%s","success":true%s}\n' a '' b ',"response":null' c ',"response":5' d ',"response":""' >in
  run -1 --separate-stderr gem-merge -r in
  assert_output ''
  assert_equal "$(gem-merge -r in 2>/dev/null | wc -l)" 1
  assert_equal "$stderr" "$(printf 'gem-merge: "%s": it has no response\n' a b c)"
}

@test "-t makes the next request and leaves out what the template has used up" {
  ok 0 >in
  run -0 gem-merge -t 'Shorten: \(.response)' in
  assert_output '{"id":"r0","prompt":"Shorten: answer 0"}'
}

@test "-t names failed records on stderr and leaves them out" {
  { ok 0; bad 1; } >in
  run -1 --separate-stderr gem-merge -t '\(.response)' in
  assert_equal "$(jq -r .prompt <<<"$output")" 'answer 0'
  assert_equal "$stderr" 'gem-merge: "r1": rate: HTTP status 429'
}

@test "-t names a record that cannot fill the template" {
  run -1 --separate-stderr gem-merge -t '\(.title)' < <(ok 0)
  assert_output ''
  assert_regex "$stderr" '"r0": .*\.title'
}

@test "-t @FILE is a template from a file" {
  printf 'Q: \\(.id)' >t
  run -0 gem-merge -t @t < <(ok 0)
  assert_equal "$(jq -r .prompt <<<"$output")" 'Q: r0'
}

@test "--filter gives what a jq program makes of each result" {
  { ok 0; ok 1; ok 2; } >in
  run -0 gem-merge --filter 'select(.call.seq != 1) | {id}' in
  assert_output '{"id":"r0"}
{"id":"r2"}'
}

@test "--filter may give several and goes before --ok" {
  { ok 0; bad 1; } >in
  run -0 --separate-stderr gem-merge -v --ok --filter '., .' in
  assert_equal "${#lines[@]}" 2
  assert_regex "$stderr" '2 in = 1 used \+ 1 dropped \+ 0 rejected \+ 0 blank'
}

@test "--filter that takes away what --ok, --failed and --summary go by is told of, and nothing is dropped unseen" {
  { ok 0; bad 1; } >in
  for choice in --ok --failed --summary; do
    for program in .response '{id}' '., {id}'; do
      run -1 --separate-stderr gem-merge $choice --rejects r --filter "$program" in
      assert_equal "$output" ''
      assert_equal "${stderr_lines[0]}" 'gem-merge: "r0": the filter gives no `success`, and --ok, --failed and --summary go by it'
      cmp r in
    done
  done
  run -0 gem-merge --ok --filter '{success, id}' in
  assert_output '{"success":true,"id":"r0"}'
  run -0 --separate-stderr gem-merge -v --ok --filter . <<<'{"prompt":"not called yet"}'
  assert_equal "$output$stderr" 'gem-merge: 1 in = 0 used + 1 dropped + 0 rejected + 0 blank'
}

@test "--filter with -r writes a string as text" {
  ok 0 >in
  run -0 gem-merge -r --filter '.response | ascii_upcase' in
  assert_output 'ANSWER 0'
}

@test "--filter that fails on a record names it, and the rest goes on" {
  { ok 0; ok 1; } >in
  run -1 --separate-stderr gem-merge --filter 'if .call.seq == 0 then error("x") else .id end' in
  assert_output '"r1"'
  assert_regex "$stderr" '"r0": '
  assert_regex "$stderr" '2 in = 1 used \+ 0 dropped \+ 1 rejected'
}

@test "--arg and --argjson are variables in --filter and the template" {
  { ok 0; ok 1; } >in
  run -0 gem-merge --arg who me --argjson seq 1 --filter 'select(.call.seq == $seq)' -t '\($who): \(.response)' in
  assert_output '{"id":"r1","prompt":"me: answer 1"}'
  run -2 gem-merge --argjson seq x --filter . nowhere
  assert_output "gem-merge: option '--argjson': 'seq': no JSON: not a JSON value"
}

@test "numbers that jq changes are warned of once, in --filter and in the template" {
  printf '{"id":%s,"response":"a","success":true}\n' 9007199254740993 9007199254740995 >in
  warning='gem-merge: records or arguments have numbers that jq does not hold exactly: what it makes of them is changed'
  run -0 --separate-stderr gem-merge --filter '.x = 1' in
  assert_equal "$stderr" "$warning"
  run -0 --separate-stderr gem-merge -t '\(.id + 0)' in
  assert_equal "$stderr" "$warning"
  run -0 --separate-stderr gem-merge --filter 'select(.id)' -t '\(.id)' in
  assert_equal "$stderr" ''
  assert_line '{"id":9007199254740993,"prompt":"9007199254740993"}'
}

@test "a wrong --filter or -t is exit 2 before anything is read" {
  run -2 gem-merge --filter '.a |' nowhere
  assert_output "gem-merge: option '--filter': syntax error, unexpected \$end"
  run -2 gem-merge -t '\(.a |)' nowhere
  assert_output "gem-merge: option '--template': '.a |': syntax error, unexpected \$end"
}

@test "--summary counts classes, tokens and latency instead of writing records" {
  { ok 0; ok 1; bad 2; } >in
  run -1 --separate-stderr gem-merge --summary in
  assert_output 'Success: 2/3, 1 failed (1 rate), 1 retried, tokens 20 in 4 out 2 thought, p50 100 ms, p95 100 ms'
}

@test "--summary does not count beyond what a number can hold" {
  line='{"success":true,"call":{"attempts":9223372036854775807,"usage":{"in":9223372036854775807,"out":-1}}}'
  run -0 gem-merge --summary <<<"$line"$'\n'"$line"
  assert_output --partial 'tokens 9223372036854775807 in 0 out'
}

@test "--summary counts failures that have no class" {
  run -1 gem-merge --summary <<<'{"prompt":"a","error":"no","success":false}'
  assert_output 'Success: 0/1, 1 failed (1 without a class)'
}

@test "--summary counts no record that nobody has called as a success" {
  run -0 gem-merge --summary < <(ok 0; echo '{"id":1,"prompt":"x"}')
  assert_output --partial 'Success: 1/1'
}

@test "a bad line is named with its place, and the rest goes on" {
  { ok 0; echo 'nonsense'; echo; echo '[1]'; ok 1; printf '{"id":"torn","resp'; } >in
  run -1 --separate-stderr gem-merge in
  assert_equal "${#lines[@]}" 2
  assert_regex "$stderr" 'gem-merge: in:2:1: '
  assert_regex "$stderr" 'gem-merge: in:4:1: not an object'
  assert_regex "$stderr" 'gem-merge: in:6:19: '
  assert_regex "$stderr" '6 in = 2 used \+ 0 dropped \+ 3 rejected \+ 1 blank'
}

@test "a file that cannot be read is named, the others are read, exit 2" {
  ok 0 >in
  run -2 --separate-stderr gem-merge nowhere in
  assert_equal "$(jq -r .id <<<"$output")" r0
  assert_equal "$stderr" 'gem-merge: nowhere: No such file or directory'
}

@test "empty input gives nothing and exits 0" {
  run -0 gem-merge </dev/null
  assert_output ''
  run -0 gem-merge --summary </dev/null
  assert_output ''
  run -0 gem-merge -g </dev/null
  assert_output ''
}

@test "CRLF and a missing last newline are fine" {
  run -0 gem-merge -r < <(printf '{"response":"a","success":true}\r\n{"response":"b","success":true}')
  assert_output $'a\nb'
}

@test "a line of a Gemini batch becomes a native result" {
  cat >in <<'EOF'
{"response":{"candidates":[{"content":{"parts":[{"text":"thinking","thought":true},{"text":"A"},{"inlineData":{}},{"text":"B"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2},"modelVersion":"m-1"},"key":"k1"}
{"key":"k2","error":{"code":400,"message":"no such field","status":"INVALID_ARGUMENT"}}
{"key":"k3","response":{"promptFeedback":{"blockReason":"SAFETY"}}}
EOF
  run -1 gem-merge in
  assert_equal "$(jq -c '[.id, .response, .success, .call.usage.in, .call.model, .call.finish]' <<<"${lines[0]}")" '["k1","AB",true,3,"m-1","STOP"]'
  assert_equal "$(jq -c '[.id, .error, .success, .call.class, .call.status, .call.code]' <<<"${lines[1]}")" '["k2","no such field",false,"bad_request",400,"INVALID_ARGUMENT"]'
  assert_equal "$(jq -c '[.id, .success, .call.class]' <<<"${lines[2]}")" '["k3",false,"blocked"]'
}

@test "a batch line without a key, as gem-call writes it for a record without an id, is read" {
  run -0 gem-merge -r <<<'{"response":{"candidates":[{"content":{"parts":[{"text":"A"}]},"finishReason":"STOP"}]}}'
  assert_output 'A'
}

@test "a record of somebody else's with an object in response passes unchanged" {
  line='{"id":1,"response":{"a":1},"other":2}'
  run -0 gem-merge <<<"$line"
  assert_output "$line"
}

@test "options that exclude each other are exit 2 and named" {
  run -2 gem-merge --ok --failed
  assert_output --partial '--failed'
  run -2 gem-merge -r -t x
  assert_output --partial '--template'
  run -2 gem-merge --sep x
  assert_output --partial '--gather'
  run -2 gem-merge --field text
  assert_output --partial '--gather'
}

@test "a reader that goes away ends it silently" {
  yes '{"prompt":"p","response":"r","success":true}' | head -n 100000 >in
  run -0 --separate-stderr bash -c 'gem-merge in | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"'
  assert_output 141
  assert_equal "$stderr" ''
}

@test "a full disk is exit 2 with a reason" {
  ok 0 >in
  run -2 bash -c 'gem-merge in >/dev/full'
  assert_output --partial 'No space left'
}

@test "an interrupt waits behind a pipe for what is still written to it" {
  mkfifo in
  gem-merge <in >out &
  exec 9>in
  ok 0 >&9
  until [ -s out ]; do sleep 0.05; done
  kill -HUP $! # as INT, which the shell has it ignore
  ok 1 >&9
  exec 9>&-
  status=0
  wait $! || status=$?
  assert_equal "$status" 129
  assert_equal "$(wc -l <out)" 2
}
