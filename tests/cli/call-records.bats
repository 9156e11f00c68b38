#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call: what goes in and what comes out, one line for each line.

setup_file() {
  load helper
  start_sim
}

teardown_file() {
  kill "$SIM_PID"
}

setup() {
  load helper
}

@test "a record keeps its fields byte for byte and gets response, success and call" {
  run -0 --separate-stderr gem-call -q <<<'{ "b":1.0, "id" : 7,"big":12345678901234567890,"prompt":"Count to 3","é":"\u00e9" }'
  assert_output --regexp '^\{ "b":1.0, "id" : 7,"big":12345678901234567890,"prompt":"Count to 3","é":"\\u00e9","response":".+","success":true,"call":\{.*\}\}$'
  jq -e '.call | .model and .status == 200 and .finish == "STOP" and .usage.in > 0 and .usage.out > 0
    and .attempts == 1 and .seq == 0 and (.ms | has("wait") and has("first") and has("total"))
    and (.fp | test("^[0-9a-f]{32}$")) and (.at | test("^20.*Z$"))' <<<"$output"
}

@test "blanks in a record stay, and an empty object is no trouble" {
  run -1 --separate-stderr gem-call -k -q <<<'{ }
{"prompt":"#sim:block" ,  "a":1 }'
  assert_equal "$(jq -c 'keys_unsorted' <<<"${lines[0]}")" '["prompt","error","success","call"]'
  assert_regex "${lines[1]}" '^\{"prompt":"#sim:block" ,  "a":1,"error":'
}

@test "text is the prompt when there is no prompt" {
  run -0 gem-call -q -r <<<'{"text":"#sim:echo from text"}'
  assert_output --partial 'from text'
}

@test "a string prompt wins over a request" {
  run -0 gem-call -q -r <<<'{"prompt":"#sim:echo mine","request":{"contents":[{"parts":[{"text":"theirs"}]}]}}'
  assert_output --partial 'mine'
}

@test "a JSON string is a prompt" {
  run -0 gem-call -q <<<'"Count to 3"'
  assert_equal "$(jq -c '[.prompt, .success]' <<<"$output")" '["Count to 3",true]'
}

@test "a Gemini batch line is called as it is and keeps its key" {
  run -0 gem-call -q <<<'{"key":"k1","request":{"contents":[{"parts":[{"text":"#sim:echo batch"}]}]}}'
  assert_equal "$(jq -c '[.key, .success, (.response | contains("batch")), has("prompt")]' <<<"$output")" '["k1",true,true,false]'
}

@test "a raw request is called without the record's own fields" {
  run -0 gem-call -q <<<'{"id":5,"metadata":{"a":1},"contents":[{"parts":[{"text":"#sim:echo raw"}]}],"generationConfig":{"temperature":0}}'
  assert_equal "$(jq -c '[.id, .success, (.response | contains("raw"))]' <<<"$output")" '[5,true,true]'
}

@test "--emit seed is exactly the tutorial's two objects" {
  run -1 --separate-stderr gem-call -k -q --retry 0 --emit seed <<'EOF'
{"id":1,"prompt":"Count to 3","x":1}
{"id":2,"prompt":"#sim:block","x":1}
EOF
  assert_equal "$(jq -c 'keys_unsorted' <<<"${lines[0]}")" '["prompt","response","success"]'
  assert_equal "$(jq -c 'keys_unsorted' <<<"${lines[1]}")" '["prompt","error","success"]'
  assert_equal "$(jq -c '.success' <<<"${lines[1]}")" 'false'
}

@test "--emit gemini is a batch output line" {
  run -1 --separate-stderr gem-call -k -q --emit gemini <<'EOF'
{"key":"a","request":{"contents":[{"parts":[{"text":"Count to 3"}]}]}}
{"id":"b","prompt":"#sim:status=400"}
{"id":"c","prompt":"#sim:maxtokens"}
EOF
  assert_equal "$(jq -c '[.key, (.response.candidates | length), .response.usageMetadata.promptTokenCount > 0]' <<<"${lines[0]}")" '["a",1,true]'
  assert_equal "$(jq -c '[.key, .error.code, (.error.message | length > 0)]' <<<"${lines[1]}")" '["b",400,true]'
  assert_equal "$(jq -c '[.key, .response.candidates[0].finishReason]' <<<"${lines[2]}")" '["c","MAX_TOKENS"]'
  assert_equal "$(gem-stat --json <<<"$output" | jq -c '[.results, (.failed | keys), .tokens.out > 0]')" '[3,["bad_request","truncated"],true]'
}

@test "bad lines have an error record in their place, and the rest goes on" {
  printf '%s\n' '{"prompt":"Count to 3"}' 'nonsense' '' '{"id":3}' '{"id":4,"prompt":5}' '{"id":5,"text":[]}' '[1]' \
    '{"prompt":"x","id":{}}' '{"prompt":"x","ask":{"modell":"y"}}' '{"prompt":"x","ask":{"model":7}}' \
    '{"prompt":"a"} x' '{"prompt":"Count to 3"}' >"$BATS_TEST_TMPDIR/in"
  run -1 --separate-stderr gem-call -k "$BATS_TEST_TMPDIR/in"
  assert_equal "${#lines[@]}" 11
  assert_equal "$(printf '%s\n' "${lines[@]}" | jq -r '.call.class // "ok"' | tr '\n' ' ')" \
    'ok input input input input input input input input input ok '
  assert_equal "$(jq -c '[.prompt, .error, .success, .call.class, .call.seq]' <<<"${lines[1]}")" \
    '[null,"not a JSON value",false,"input",1]'
  assert_equal "$(jq -c '[.id, .prompt, .call.class]' <<<"${lines[2]}")" '[3,null,"input"]'
  assert_equal "$(jq -c '[.id, .prompt]' <<<"${lines[3]}")" '[4,5]'
  assert_equal "$(jq -s '[.[].call.attempts // 0] | add' <<<"$output")" 2
  assert_regex "$stderr" 'in:2:1: not a JSON value'
  assert_regex "$stderr" 'in:11:16: text after the value'
  assert_regex "$stderr" 'Success: 2/11, 9 failed \(9 input\)'
}

@test "of many bad lines ten are named, and the rest is counted" {
  run -1 --separate-stderr gem-call < <(for i in $(seq 12); do echo "{\"x\":$i}"; done)
  assert_equal "$(grep -c '^gem-call: -:[0-9]*: no prompt' <<<"$stderr")" 10
  assert_regex "$stderr" $'\ngem-call: 2 more bad lines are not named\n'
}

@test "bad UTF-8 is an error record with its column, never replaced" {
  run -1 --separate-stderr gem-call -q < <(printf '{"prompt":"a\xffb"}\n')
  assert_equal "$(jq -r '.error' <<<"$output")" 'invalid UTF-8'
  assert_regex "$stderr" '-:1:13: invalid UTF-8'
}

@test "a line of more than 64 MiB is an error record in its place, and the next line is read" {
  { echo '"#sim:echo a"' && head -c 65M /dev/zero | tr '\0' x && echo && echo '"#sim:echo b"'; } >"$BATS_TEST_TMPDIR/in"
  run -1 --separate-stderr gem-call -q -k "$BATS_TEST_TMPDIR/in"
  assert_equal "$(jq -s -c 'map([.success, .call.class])' <<<"$output")" '[[true,null],[false,"input"],[true,null]]'
  assert_regex "$stderr" 'in:2:.*longer than its ceiling of 64 MiB'
}

@test "CRLF, a byte order mark, blank lines and a missing last newline are fine" {
  run -0 gem-call -k -q -r < <(printf '\xef\xbb\xbf{"prompt":"#sim:echo one"}\r\n\r\n  \n"#sim:echo two"\r\n"#sim:echo three"')
  assert_equal "${#lines[@]}" 3
  assert_line --index 0 --partial 'one'
  assert_line --index 2 --partial 'three'
}

@test "a response that was there before is replaced, with one warning" {
  run -0 --separate-stderr gem-call -q <<<'{"prompt":"Count to 3","response":"old","success":false,"error":"old","call":{"seq":9},"z":1}'
  assert_equal "$(jq -c '[keys_unsorted, .success, .call.seq]' <<<"$output")" '[["prompt","z","response","success","call"],true,0]'
  assert_regex "$stderr" 'replaced'
}

@test "a field that stands twice counts the last time, with a warning" {
  run -0 --separate-stderr gem-call -q -r <<<'{"prompt":"#sim:echo first","prompt":"#sim:echo last"}'
  assert_output --partial 'last'
  assert_regex "$stderr" 'more than once'
}

@test "-r writes the text alone, and failures on stderr" {
  run -1 --separate-stderr gem-call -k -q -r <<'EOF'
{"id":"a","prompt":"#sim:echo line\none \"quoted\" é"}
{"id":"b","prompt":"#sim:block"}
EOF
  assert_output --partial $'line\none "quoted" é'
  assert_equal "$stderr" 'gem-call: record 2 "b": blocked: the prompt was blocked: SAFETY'
}

@test "--system, --config and --body reach the server, and a record's ask beats them" {
  # a server that answers with what it was asked
  run -1 gem-call -q --config '{"nonsense":1}' <<<'"x"'
  assert_equal "$(jq -r '.call.class' <<<"$output")" bad_request
  run -0 gem-call -q --config '{"nonsense":1}' <<<'{"prompt":"x","ask":{"config":{"nonsense":null}}}'
  run -1 gem-call -q --body '{"bogus":true}' <<<'"x"'
  assert_output --partial 'bogus'
  run -0 gem-call -q --body '{"bogus":true}' <<<'{"prompt":"x","ask":{"body":{"bogus":null}}}'
  run -0 gem-call -q --system 'Be brief.' --body '{"store":false}' <<<'"x"'
}

@test "--config, --system and --body are read from a file with @" {
  printf '{"nonsense":1}' >"$BATS_TEST_TMPDIR/c"
  run -1 gem-call -q --config "@$BATS_TEST_TMPDIR/c" <<<'"x"'
  assert_output --partial 'nonsense'
}

@test "a record's own model is asked, and only its record fails when there is none" {
  run -1 --separate-stderr gem-call -k -q <<'EOF'
{"prompt":"Count to 3","ask":{"model":"gemini-3.5-flash-lite"}}
{"prompt":"Count to 3","ask":{"model":"no-such-model"}}
{"prompt":"Count to 3","ask":{"model":"../x"}}
{"prompt":"Count to 3"}
EOF
  assert_equal "$(jq -r '.call.class // .call.model' <<<"$output" | head -n 3 | tr '\n' ' ')" 'gemini-3.5-flash-lite not_found input '
  assert_equal "$(jq -r '.success' <<<"${lines[3]}")" true
}

@test "-m chooses the model and GEM_MODEL does without it" {
  run -0 gem-call -q -m gemini-3.8-flash <<<'"x"'
  assert_equal "$(jq -r '.call.model' <<<"$output")" gemini-3.8-flash
  GEM_MODEL=gemini-3.5-flash-lite run -0 gem-call -q <<<'"x"'
  assert_equal "$(jq -r '.call.model' <<<"$output")" gemini-3.5-flash-lite
}

@test "--api-version is the version in the path" {
  run -0 gem-call -q --api-version v1 <<<'"x"'
  run -4 gem-call -q --api-version v7 <<<'"x"'
}

@test "one seq for each record, and the fingerprint follows the request alone" {
  run -0 gem-call -k -q <<'EOF'
{"id":1,"prompt":"same"}
{"id":2,"prompt":"same"}
{"id":3,"prompt":"other"}
EOF
  assert_equal "$(jq -s -c 'map(.call.seq)' <<<"$output")" '[0,1,2]'
  assert_equal "$(jq -s '(.[0].call.fp == .[1].call.fp) and (.[0].call.fp != .[2].call.fp)' <<<"$output")" true
}

@test "more results without a call than the output takes at once do not stop the run" {
  run -1 bash -c 'yes "{}" | head -n 20000 | timeout 20 gem-call -q 2>/dev/null | wc -l; exit "${PIPESTATUS[2]}"'
  assert_output 20000
}

@test "of many bad lines ten are named, and what explains them all is said once" {
  yes '{"prompt":' | head -n 30 >"$BATS_TEST_TMPDIR/in"
  run -1 --separate-stderr gem-call "$BATS_TEST_TMPDIR/in"
  assert_equal "${#lines[@]}" 30
  assert_equal "$(grep -c 'in:[0-9]*:[0-9]*:' <<<"$stderr")" 10
  run -1 --separate-stderr gem-call < <(yes hello | head -n 30)
  assert_equal "$(grep -c -e 'lines with -R' <<<"$stderr")" 1
  assert_regex "$stderr" 'Success: 0/30'
}

@test "a prompt that is null is none: the text counts" {
  run -0 --separate-stderr gem-call <<<'{"prompt":null,"text":"hello"}'
  assert_equal "$(jq .success <<<"$output")" true
}
