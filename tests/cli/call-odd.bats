#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call on a system that is odd but within its rights (tests/fault/odd.c), or that gives little.

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
  odd=${GEM_BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/fault/odd.so
  elsewhere="http://some.where:${GOOGLE_GEMINI_BASE_URL##*:}"
}

# odd SETTING COMMAND...
odd() {
  [ -e "$odd" ] || skip 'nothing else is preloaded under sanitizers'
  env LD_PRELOAD="$LD_PRELOAD $odd" "$@"
}

@test "reads and writes that move less than was asked for lose and change nothing" {
  prompts 300 | sed 's/say/#sim:len=3000 say/' >in
  gem-split -t '\(.prompt)!' in >requests
  gem-call -q requests | jq -c 'del(.call)' | sort >right
  odd ODD_SHORT=1 gem-split -t '\(.prompt)!' in >out
  cmp requests out
  odd ODD_SHORT=1 gem-call -q --journal keep <requests >out
  jq -c 'del(.call)' out | sort | cmp right
  cmp out keep
  sed -i '$d' keep
  odd ODD_SHORT=1 gem-call -q --journal keep requests | jq -c 'del(.call)' | sort | cmp right
  odd ODD_SHORT=1 gem-merge -S 64K keep >out
  gem-merge keep | cmp out
}

@test "a wall clock that jumps by years changes neither what is done nor how long it took" {
  prompts 30 | sed 's/say/#sim:fail=1,503 say/' >in
  odd ODD_CLOCK=1 gem-call -q --timeout 20s --deadline 1m in >out
  assert_equal "$(jq -s -c 'map([.success, .call.attempts, .call.ms.total < 20000, .call.ms.wait < 60000]) | unique' out)" '[[true,2,true,true]]'
  assert_equal "$(jq -r '.call.at[:4]' out | sort -u | wc -l)" 2 # (it did jump)
}

@test "a name that nobody knows: tried again, nothing sent, nothing counted" {
  run -1 --separate-stderr odd ODD_NAMES=none gem-call -q --retry 1 --allow-http --base-url "$elsewhere" <<<'"x"'
  assert_equal "$(jq -c '[.call.class, .call.attempts, has("maybe_billed")]' <<<"$output")" '["network",0,false]'
  [[ $output == *some.where* ]]
}

@test "a resolver that fails now and then fails no record" {
  prompts 5 >in
  odd ODD_NAMES=flap gem-call -q -j 2 --allow-http --base-url "$elsewhere" in >out
  assert_equal "$(jq -s -c 'map([.success, .call.attempts]) | unique' out)" '[[true,1]]'
}

@test "with descriptors 0 to 2 closed, one or all, the file holds results and nothing else" {
  prompts 4 | sed '2s/.*/no JSON/' >in
  for closed in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
    rm -f keep
    run -1 bash -c "gem-call -o keep in $closed"
    assert_equal "$(jq -s -c 'map(.success) | sort' keep)" '[false,true,true,true]'
  done
  run -2 bash -c 'gem-call --journal other in <&- >&- 2>&-'
  [ ! -s other ]
}

@test "a reader that leaves while SIGPIPE is ignored: silent, and 141 as well" {
  # shellcheck disable=SC2016
  run -0 bash -c 'trap "" PIPE; yes "\"Count to 3\"" 2>&- | gem-call -q -j 4 2>err | head -n 3 >/dev/null; echo "${PIPESTATUS[1]}"'
  assert_output 141
  assert_equal "$(cat err)" ''
}

@test "memory is bounded by what is in flight, not by what was read and answered" {
  [ -e "$odd" ] || skip 'sanitizers take more'
  prompts 3000 | sed 's/say/#sim:len=20000 say/' >in
  # shellcheck disable=SC2016
  run -0 bash -c 'ulimit -v 70000; LD_PRELOAD= gem-call -q -j 8 in | (sleep 2; wc -lc)'
  read -r lines bytes <<<"$output"
  assert_equal "$lines" 3000
  assert [ "$bytes" -gt 40000000 ]
}
