#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call: how many at once, how fast, in which order; by the server's own count.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

# peak_of LATENCY RECORDS OPTION...: the most that the server saw in flight.
peak_of() {
  local latency=$1 records=$2
  shift 2
  prompts "$records" >in
  # shellcheck disable=SC2016 # the inner shell expands it
  gem-sim --latency "$latency" -- sh -c 'gem-call -q "$@" >/dev/null && curl -s "$GOOGLE_GEMINI_BASE_URL/_sim/stats"' - "$@" in | jq .peak
}

@test "60 prompts at -j 20 peak at exactly 20 in flight" {
  assert_equal "$(peak_of 200 60 -j 20)" 20
}

@test "-j 1 makes one call at a time" {
  assert_equal "$(peak_of 10 8 -j 1)" 1
}

@test "auto grows as far as a server without a limit lets it" {
  [ "$(peak_of 50 3000)" -ge 24 ]
}

@test "auto stays near the slots that the server has" {
  [ "$(peak_of 20 1000 -j auto)" -ge 20 ]
  prompts 1500 >in
  run -0 gem-sim --latency 20 --slots 6 -- gem-call -j auto in
  limit=$(sed -n 's/.*-j \([0-9]*\).*/\1/p' <<<"$stderr$output" | tail -n 1)
  [ "${limit:-6}" -ge 3 ] && [ "${limit:-6}" -le 60 ]
}

@test "-j MIN-MAX bounds what auto may do" {
  prompts 400 >in
  peak=$(peak_of 20 400 -j 2-12)
  [ "$peak" -ge 5 ] && [ "$peak" -le 12 ]
  run -2 gem-call -j 5-2 in
  run -2 gem-call -j 0-2 in
}

@test "a bound beyond the input is no problem" {
  assert_equal "$(peak_of 100 7 -j 1000)" 7
}

@test "results come as they are done, and with -k in the order of the input" {
  in='"#sim:slow=400 a"
"#sim:slow=10 b"
"#sim:slow=150 c"'
  run -0 gem-sim -- gem-call -q --emit seed <<<"$in"
  assert_equal "$(jq -r '.prompt[-1:]' <<<"$output" | tr -d '\n')" bca
  run -0 gem-sim -- gem-call -q -k --emit seed <<<"$in"
  assert_equal "$(jq -r '.prompt[-1:]' <<<"$output" | tr -d '\n')" abc
}

@test "-k keeps the order of five hundred records under random latency and failures" {
  prompts 500 >in
  run -0 gem-sim --latency 5,1 --error-rate 0.05,503 -- gem-call -q -k -j 50 --window 60 --retry 9 in
  assert_equal "$(jq -r .id <<<"$output")" "$(seq 500)"
}

@test "each of a thousand records comes out once, in whatever order" {
  prompts 1000 >in
  run -0 gem-sim --latency 3,1 -- gem-call -q -j 100 in
  assert_equal "$(jq -r .id <<<"$output" | sort -n)" "$(seq 1000)"
}

@test "--window bounds how far -k reads ahead of a slow record" {
  {
    echo '"#sim:slow=60000 first"'
    prompts 50
  } >in
  # it would go on at once if it were to go on at all
  run -0 gem-sim -- bash -c 'stat() { curl -s "$GOOGLE_GEMINI_BASE_URL/_sim/stats" | jq .requests; }
    gem-call -q -k -j 4 --window 10 --drain 0 in >/dev/null & pid=$!
    for i in $(seq 100); do [ "$(stat)" -ge 10 ] && break; sleep 0.05; done
    sleep 0.2; stat; kill $pid; wait $pid; true'
  assert_output 10
}

@test "--rate spaces the calls evenly" {
  prompts 6 >in
  run -0 gem-sim -- gem-call -q -j 6 --rate 10/s in
  assert_equal "$(jq -s 'map(.call.ms.wait) | max >= 90' <<<"$output")" true
}

@test "--tpm spaces the calls by their input tokens" {
  prompts 5 >in
  # a request has some 60 bytes, believed to be 15 tokens: about nine a second
  run -0 gem-sim -- gem-call -q -j 5 --tpm 8000 in
  assert_equal "$(jq -s 'map(.call.ms.wait) | max >= 90' <<<"$output")" true
  run -0 gem-sim -- gem-call -q -j 5 --tpm 8000000 in
  assert_equal "$(jq -s 'map(.call.ms.wait) | max < 90' <<<"$output")" true
}

@test "--delay is the least time between two starts" {
  prompts 3 >in
  # the run waits 2 x 150 ms at least: the last record says so itself
  run -0 --separate-stderr gem-sim -- gem-call -j 1 --delay 150ms in
  ms=$(grep -oE 'in all [0-9]+' <<<"$stderr" | tr -dc 0-9)
  [ "$ms" -ge 300 ]
}

@test "a record that waits for its retry holds no place" {
  in=$(printf '"#sim:fail=1,503 %s"\n' 1 2 3 4; printf '"say %s"\n' 1 2 3 4 5 6)
  run -0 gem-sim -- gem-call -q -j 4 --emit seed <<<"$in"
  assert_equal "$(jq -s 'length' <<<"$output")" 10
}

@test "the limit of open files is raised, and bounds the calls with a message where it cannot be" {
  prompts 300 >in
  run -0 --separate-stderr gem-sim --latency 20 -- bash -c 'ulimit -Sn 100; gem-call -q -j 300 in'
  assert_equal "${#lines[@]}$stderr" 300
  run -0 --separate-stderr gem-sim --latency 20 -- bash -c 'ulimit -Sn 100; ulimit -Hn 100; gem-call -q -j 300 in'
  assert_equal "${#lines[@]}" 300
  assert_regex "$stderr" '36 calls at once: the limit of open files'
  run -0 --separate-stderr gem-sim -- bash -c 'ulimit -Sn 100; ulimit -Hn 100; gem-call -q in'
  assert_equal "$stderr" ''
}

@test "thousands of answers in flight at once in one process" {
  prompts 1500 >in
  assert_equal "$(ulimit -n 8192; peak_of 1500 1500 -j 1500)" 1500
}

@test "a model that is refused does not hold up the others" {
  # shellcheck disable=SC2016 # jq expands it
  jq -nc 'range(30) | {ask: {model: "gemini-\(if . == 0 or . == 2 then "3.1-pro-preview" else "3.8-flash" end)"},
    prompt: (if . == 0 then "#sim:fail=1,429 #sim:retryafter=2 first" else "say \(.)" end)}' >in
  run -0 sim -- sh -c 'gem-call -q -j 2 in >out'
  run -0 jq -rs 'map(.ask.model[7:10]) | join(" ")' out
  assert_output --regexp '^(3.8 ){28}3.1 3.1$'
}
