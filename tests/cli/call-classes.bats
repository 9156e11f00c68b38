#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call: each way in which a call can fail has its record, its exit status, and the
# number of requests that the server saw.

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

# fails PROMPT CLASS STATUS REQUESTS [OPTION...]: one record, one failure.
fails() {
  local prompt="$1 $BATS_TEST_NUMBER" class=$2 status=$3 requests=$4 result
  shift 4
  before=$(stat .requests)
  result=0
  jq -nc --arg p "$prompt" '{id:1,prompt:$p}' | gem-call -q "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || result=$?
  assert_equal "$result" "$status"
  assert_equal "$(jq -c '[.id, .success, .call.class, has("error")]' "$BATS_TEST_TMPDIR/out")" "[1,false,\"$class\",true]"
  assert_equal "$(($(stat .requests) - before))" "$requests"
  assert_equal "$(jq .call.attempts "$BATS_TEST_TMPDIR/out")" "$requests"
}

# succeeds PROMPT REQUESTS [OPTION...]
succeeds() {
  local prompt="$1 $BATS_TEST_NUMBER" requests=$2
  shift 2
  before=$(stat .requests)
  run -0 --separate-stderr gem-call -q "$@" <<<"$(jq -nc --arg p "$prompt" '{prompt:$p}')"
  assert_equal "$(jq -c '[.success, .call.attempts]' <<<"$output")" "[true,$requests]"
  assert_equal "$(($(stat .requests) - before))" "$requests"
}

field() {
  jq -c "$1" "$BATS_TEST_TMPDIR/out"
}

@test "400: the request is refused, once, and the run goes on" {
  fails '#sim:status=400' bad_request 1 1
  assert_equal "$(field '[.call.status, .call.code]')" '[400,"INVALID_ARGUMENT"]'
}

@test "400 with a payload over the limit is too_large" {
  fails '#sim:status=413' too_large 1 1
}

@test "404 for the run's own model stops the run with status 4" {
  fails 'x' not_found 4 1 -m no-such-model
  assert_regex "$(cat "$BATS_TEST_TMPDIR/err")" 'no-such-model is not found'
}

@test "408 is tried again" {
  fails '#sim:status=408' timeout 1 2 --retry 1
}

@test "429 without details is tried again without using up --retry" {
  succeeds '#sim:fail=2,429' 3 --retry 1
}

@test "429 with --retry 0 fails at once with the server's wait" {
  fails '#sim:quota=minute,0.3s' rate 1 1 --retry 0
  assert_equal "$(field '[.call.status, .call.code, .call.retry_after_ms]')" '[429,"RESOURCE_EXHAUSTED",300]'
}

@test "429 that names a quota per day stops the run with status 3" {
  fails '#sim:quota=day' quota 3 1
  assert_regex "$(cat "$BATS_TEST_TMPDIR/err")" 'stopped: a quota that waiting does not refill'
  assert_regex "$(cat "$BATS_TEST_TMPDIR/err")" 'the same command would start over'
}

@test "429 with a limit of zero stops the run whatever the delay says" {
  fails '#sim:quota=zero' quota 3 1
}

@test "a wait longer than --max-wait stops the run with status 3" {
  fails '#sim:quota=minute,37s' rate 3 1 --max-wait 10s
  assert_regex "$(cat "$BATS_TEST_TMPDIR/err")" 'max-wait'
}

@test "Retry-After beyond --max-wait stops the run too" {
  fails '#sim:retryafter=500' rate 3 1
}

@test "a Retry-After of twenty digits is a long wait, not none" {
  fails '#sim:retryafter=99999999999999999999' rate 3 1
}

@test "499 is tried again as overload" {
  fails '#sim:status=499' overloaded 1 2 --retry 1
}

@test "500 is tried again" {
  fails '#sim:status=500' server 1 2 --retry 1
}

@test "502 with HTML is tried again, and the record tells the status" {
  fails '#sim:status=502' server 1 2 --retry 1
  assert_equal "$(field .call.status)" 502
}

@test "503 is tried again --retry times" {
  fails '#sim:status=503' overloaded 1 3 --retry 2
}

@test "503 that passes is a success with all attempts counted" {
  succeeds '#sim:fail=1,503' 2
}

@test "504 may have been billed: once more by default, not at all with --retry-ambiguous 0" {
  fails '#sim:status=504' timeout 1 2
  assert_equal "$(field .call.maybe_billed)" true
  fails '#sim:status=504 again' timeout 1 1 --retry-ambiguous 0
  fails '#sim:status=504 never' timeout 1 1 --retry 0
}

@test "401 stops the run with status 4" {
  GEMINI_API_KEY=AQ.bad fails '#sim:status=401' auth 4 1
}

@test "403 stops the run with status 4" {
  fails '#sim:status=403' auth 4 1
}

@test "a redirect is not followed" {
  fails '#sim:redirect' redirect 1 1
}

@test "a blocked prompt is not asked again" {
  fails '#sim:block' blocked 1 1
  assert_equal "$(field '[.call.status, .call.finish, has("response")]')" '[200,"SAFETY",false]'
}

@test "a blocked answer is not asked again" {
  fails '#sim:safety' blocked 1 1
}

@test "an answer cut at its token limit is truncated and keeps its text" {
  fails '#sim:maxtokens' truncated 1 1
  assert_equal "$(field '[.call.finish, (.response | length > 0)]')" '["MAX_TOKENS",true]'
}

@test "an answer eaten by thinking is truncated without text" {
  fails '#sim:budget' truncated 1 1
  assert_equal "$(field '[has("response"), .call.usage.think > 0]')" '[false,true]'
}

@test "an answer without finish reason is truncated" {
  fails '#sim:nofinish' truncated 1 1
}

@test "an answer of thoughts alone is empty" {
  fails '#sim:think' empty 1 2
}

@test "an answer without text is empty, asked once more" {
  fails '#sim:empty' empty 1 2
}

@test "an answer without candidates is empty" {
  fails '#sim:nocand' empty 1 2
}

@test "a malformed tool call is empty" {
  fails '#sim:malformed' empty 1 2
}

@test "HTML with status 200 is invalid" {
  fails '#sim:html' invalid 1 2
}

@test "two JSON values in one answer are invalid" {
  fails '#sim:twojson' invalid 1 2
}

@test "two candidates members in one answer are invalid" {
  fails '#sim:dupkey' invalid 1 2
}

@test "invalid UTF-8 in an answer is invalid, never replaced" {
  fails '#sim:badutf8' invalid 1 2
}

@test "half a surrogate pair in an answer stays as it is" {
  run -0 gem-call -q <<<'"#sim:surrogate"'
  assert_output --regexp '"response":"[^"]*\\ud[89a-f][0-9a-f]{2}[^"]*","success":true'
}

@test "an answer that breaks off was sent: ambiguous" {
  fails '#sim:cut' network 1 2
  assert_equal "$(field .call.maybe_billed)" true
}

@test "a reset connection was sent: ambiguous" {
  fails '#sim:reset' network 1 2
}

@test "no answer within --timeout: ambiguous" {
  fails '#sim:stall' timeout 1 2 --timeout 300ms
}

@test "an answer that has begun and does not go on for --stall: ambiguous" {
  fails '#sim:stall=1' stall 1 2 --stall 200ms
  assert_equal "$(field .call.maybe_billed)" true
}

@test "no connection: tried again, nothing sent, nothing counted" {
  run -1 gem-call -q --retry 1 --base-url http://127.0.0.1:1 --connect-timeout 1s <<<'"x"'
  assert_equal "$(jq -c '[.call.class, .call.attempts, has("maybe_billed")]' <<<"$output")" '["network",0,false]'
}

@test "a server that is not there for longer than --max-wait stops the run with status 3" {
  prompts 40 >"$BATS_TEST_TMPDIR/in"
  run -3 --separate-stderr gem-call -q -j 2 --max-wait 1s --base-url http://127.0.0.1:1 "$BATS_TEST_TMPDIR/in"
  assert [ "${#lines[@]}" -lt 40 ]
  [[ $stderr == *'a longer wait than --max-wait'* ]]
}

@test "failures that are far from each other, with nothing to do between, stop no run" {
  # shellcheck disable=SC2016
  run -1 bash -c '(echo "\"x\""; sleep 1.5; echo "\"y\"") | gem-call -q --retry 0 --max-wait 1s --base-url http://127.0.0.1:1'
  assert_equal "${#lines[@]}" 2
}

@test "parts are joined without the thoughts" {
  succeeds '#sim:multipart' 1
}

@test "under a quota with hints every record succeeds, and hardly a call is refused" {
  # shellcheck disable=SC2016 # the inner shell expands it
  run -0 --separate-stderr gem-sim --rpm 600 --burst 2 -- sh -c \
    'seq 8 | jq -c tostring | gem-call -q -j 4 --emit seed >&2; curl -s "$GOOGLE_GEMINI_BASE_URL/_sim/stats"'
  assert_equal "$(jq -s -c 'map(.success) | [length, all]' <<<"$stderr")" '[8,true]'
  assert_equal "$(jq '.refused > 0 and .refused <= 24' <<<"$output")" true
}

@test "partial failures leave successes alone: exit 1 and the counts by class" {
  run -1 --separate-stderr gem-call <<'EOF'
"Count to 3"
"#sim:block a"
"#sim:block b"
"#sim:maxtokens c"
EOF
  assert_regex "$stderr" 'blocked: record 2: the prompt was blocked: SAFETY
.*truncated: record 4: finish reason MAX_TOKENS
Success: 1/4, 3 failed \(2 blocked, 1 truncated\), tokens [0-9]+ in [0-9]+ out.*p50 [0-9]+ ms, p95 [0-9]+ ms'
}

@test "what an answer has beside its text is warned of, once, unless it is written" {
  two='"#sim:multipart a"
"#sim:multipart b"'
  run -0 --separate-stderr gem-call -q <<<"$two"
  assert_equal "$stderr" 'gem-call: answers have executableCode beside the text, which only --emit gemini writes'
  run -0 --separate-stderr gem-call -q --emit gemini <<<"$two"
  assert_equal "$stderr" ''
}

@test "tokens are those of all attempts" {
  run -1 gem-call -q --retry-ambiguous 0 <<<'"#sim:empty a"'
  once=$(jq .call.usage.in <<<"$output")
  run -1 gem-call -q --retry-ambiguous 2 <<<'"#sim:empty a"'
  assert_equal "$(jq -c '.call | [.attempts, .usage.in]' <<<"$output")" "[3,$((3 * once))]"
}
