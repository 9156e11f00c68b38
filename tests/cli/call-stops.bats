#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call: what ends a run early, by the server's own count.

setup_file() {
  load helper
  start_sim
}

teardown_file() {
  stop_sim
}

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

# stopped OPTION...: gem-call on in, which ends with 3; `seen` is how many calls the server saw.
stopped() {
  local before
  before=$(stat .requests)
  run -3 --separate-stderr gem-call "$@" in
  seen=$(($(stat .requests) - before))
}

@test "the day's quota of one model does not stop another, and status 3 says that some is left" {
  for i in $(seq 40); do
    echo "{\"id\":$i,\"prompt\":\"Count to 3\",\"ask\":{\"model\":\"gemini-$([ $((i % 2)) = 0 ] && echo pro || echo flash)-latest\"}}"
  done >two
  run -3 gem-sim --rpd 20 -- sh -c 'grep gemini-pro two | head -n 10 | gem-call -q >/dev/null; gem-call -j 4 -o both two'
  assert_output --partial 'stopped: a quota that waiting does not refill'
  assert_output --partial 'the rest of the input was not attempted'
  assert_equal "$(jq -s -c 'map(select(.success)) | group_by(.ask.model) | map(length)' both)" '[20,10]'
}

@test "--halt soon,fail=N starts nothing after the N-th failure; the same command goes on" {
  { printf '"#sim:status=400 %s"\n' 1 2; printf '"#sim:slow=100 %s"\n' 3 4 5 6 7 8; } >in
  stopped -j 4 --halt soon,fail=2 -o out
  [ "$seen" -le 5 ] # one may start between the two failures
  assert_equal "$(jq -s -c 'group_by(.success) | map(length)' out)" "[2,$((seen - 2))]"
  assert_regex "$stderr" 'stopped: as many failures as --halt allows'
  assert_regex "$stderr" 'the same command goes on'
  run -1 gem-call -q -j 4 --halt soon,fail=2 -o out in
  assert_equal "$(wc -l <out)" 8
}

@test "--halt now cancels what is in flight, and N% counts from three failures on" {
  { printf '"#sim:status=400 %s"\n' 1 2 3; printf '"#sim:stall %s"\n' 4 5 6; } >in
  stopped -q -j 6 --halt now,fail=50%
  assert_equal "$(jq -s -c 'map(.call.class) | sort' <<<"$output")" \
    '["bad_request","bad_request","bad_request","stopped","stopped","stopped"]'
  run -2 gem-call --halt never in
  assert_output --partial "option '--halt': 'never'"
}

@test "--halt N% goes by the calls of this run: answers that are reused do not count" {
  prompts 20 >in
  gem-call -q -o out in
  printf '"#sim:status=400 %s"\n' {1..20} >>in
  stopped -q -j 1 --halt soon,fail=50% -o out
  assert_equal "$seen" 3
}

@test "--halt by the last record has left nothing undone: status 1, and no word of a rest" {
  printf '"#sim:status=400 %s"\n' 1 2 3 >in
  for jobs in 1 1 1 3; do
    run -1 --separate-stderr gem-call -q -j $jobs --halt soon,fail=3 in
    assert_equal "$stderr" ''
  done
  run -3 --separate-stderr gem-call -q -j 1 --halt soon,fail=3 < <(cat in; sleep 2; echo '"more"')
  assert_regex "$stderr" 'the rest of the input was not attempted'
}

@test "a key that turns out to be refused while a stopped run drains is told: status 4" {
  printf '"#sim:slow=400 #sim:status=401 %s"\n' 1 2 >in
  run -4 --separate-stderr gem-call -q -j 2 --deadline 100ms in
  assert_regex "$stderr" 'stopped: the key or the model is refused'
}

@test "what comes while the program is suspended is in time, even beyond --drain" {
  prompts 3 | sed 's/say/#sim:slow=300 say/' >in
  gem-call -q --drain 1s in >out &
  sleep 0.2
  kill -TERM $!
  sleep 0.05
  kill -STOP $!
  sleep 1.2
  kill -CONT $!
  wait $! || [ $? = 143 ]
  assert_equal "$(jq -s -c 'map(.success)' out)" '[true,true,true]'
}

@test "--deadline starts nothing after it, and lets calls in flight drain" {
  printf '"#sim:slow=400 %s"\n' 1 2 3 4 5 6 >in
  stopped -j 2 --deadline 200ms
  assert_equal "$seen,$(jq -s -c 'map(.success)' <<<"$output")" '2,[true,true]'
  assert_regex "$stderr" 'stopped: the --deadline has come'
  assert_regex "$stderr" 'would start over'
  # also one that waits for its input
  run -3 gem-call --deadline 100ms < <(sleep 2)
}

@test "--retry-max-time ends the attempts of a record, not the run" {
  printf '"#sim:%s"\n' status=503 'echo x' >in
  run -1 gem-call -q -k --retry 1000 --retry-max-time 1s in
  assert_equal "$(jq -s -c 'map(.call.class, .success)' <<<"$output")" '["overloaded",false,null,true]'
}

@test "--max-calls bounds what is sent, refused and failed calls too, and the same command goes on" {
  prompts 12 | sed '1,3s/say/#sim:fail=1,503 say/' >in
  stopped -j 4 --max-calls 10 -o out
  assert_equal "$seen" 10
  assert_regex "$stderr" 'stopped: the budget is spent: all 10 calls of --max-calls are made'
  assert_equal "$(jq -s 'map(select(.success)) | length' out)" 7
  run -0 gem-call -q --max-calls 5 -o out in
  assert_equal "$(jq 'select(.success).id' out | sort -n)" "$(seq 12)"
  prompts 10 >in
  run -0 gem-call -q -j 10 --max-calls 10 in
}

@test "a budget of tokens that is too small for a call says what one may take" {
  run -3 --separate-stderr gem-call --max-total-tokens 2000 <<<'"Hello"'
  assert_regex "$stderr" '2000 of --max-total-tokens are left, and the next call may take 655[0-9]+: a lower maxOutputTokens'
  run -0 gem-call -q --max-total-tokens 2000 --config '{"maxOutputTokens":100}' <<<'"Hello"'
}

@test "a budget of 0 is spent: no call goes out, and what is stored comes all the same" {
  prompts 3 >in
  head -n 2 in | gem-call -q --journal keep >/dev/null
  for budget in --max-calls --max-total-tokens; do
    stopped -q $budget 0
    assert_equal "$seen,$output" '0,'
    stopped -q -k --journal keep $budget 0
    assert_equal "$seen,$(jq -c .id <<<"$output" | tr '\n' ' ')" '0,1 2 '
  done
}

@test "--max-total-tokens is not exceeded when the requests bound their answers" {
  prompts 300 >in
  stopped -q -j 50 --max-total-tokens 2000 --config '{"maxOutputTokens":200}'
  used=$(jq -s 'map(.call.usage | .in + .out + .think) | add' <<<"$output")
  [ "$used" -le 2000 ]
  [ "$used" -ge 1980 ]
  # not one call fits
  stopped -q --max-total-tokens 100 --config '{"maxOutputTokens":200}'
  assert_equal "$seen,$output" '0,'
}
