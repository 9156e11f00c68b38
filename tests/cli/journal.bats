#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call -o and --journal: nothing is lost, nothing is paid for twice.

setup_file() {
  load helper
  start_sim
}

teardown_file() {
  kill "$SIM_PID"
}

# Each test asks for prompts of its own, so that what the simulator says of them is of this test.
setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
  tag=$BATS_TEST_NUMBER
}

# asks N: N records {"id":1,"prompt":"TAG say 1"} …
asks() {
  seq "$1" | sed "s/.*/{\"id\":&,\"prompt\":\"$tag say &\"}/"
}

# called: how many calls of this test the server has seen.
called() {
  stat "[.attempts | to_entries[] | select(.key | test(\"(^| )$tag \")) | .value] | add // 0"
}

# ids FILE: how often each id stands in it, and succeeded: "1 2 3".
ids() {
  jq -s -r 'sort_by(.id) | map(select(.success)) | map(.id) | join(" ")' "$1"
}

@test "-o: results are in FILE and nowhere else, and FILE is ours alone" {
  asks 5 >in
  run -0 --separate-stderr gem-call -o out in
  assert_equal "$output" ''
  assert_regex "$stderr" '^Success: 5/5, '
  assert_equal "$(ids out)" '1 2 3 4 5'
  assert_equal "$(command stat -c %a out)" 600
}

@test "a finished run is not called again: -o leaves FILE as it is, --journal writes it all once more" {
  asks 5 >in
  gem-call -q -o out in
  cp out before
  run -0 --separate-stderr gem-call --output out in
  assert_equal "$output" ''
  assert_regex "$stderr" '^Success: 5/5 \(5 reused\)'
  refute_regex "$stderr" 'settled'
  cmp out before
  run -0 --separate-stderr gem-call -q --journal out in
  assert_equal "$(sort <<<"$output")" "$(sort before)"
  cmp out before
  assert_equal "$(called)" 5
}

@test "--journal: standard output has what FILE has, and failures in FILE count" {
  { asks 3; echo "{\"id\":4,\"prompt\":\"$tag #sim:block x\"}"; echo '{"id":5}'; } >in
  gem-call -q --journal keep in >out || assert_equal $? 1
  cmp keep out
  run -1 --separate-stderr gem-call -k --journal keep in
  assert_regex "$stderr" 'Success: 3/5 \(5 reused\), 2 failed \(1 input, 1 blocked\)'
  assert_equal "$(jq -c '[.id, .success]' <<<"$output" | tr -d '\n')" '[1,true][2,true][3,true][4,false][5,false]'
  assert_equal "$(called)" 4
  assert_equal "$(wc -l <keep)" 5
}

@test "inserted, deleted, reordered and duplicated lines: what is new is called, and nothing else" {
  asks 4 >in
  gem-call -q -o out in
  { echo "{\"id\":0,\"prompt\":\"$tag say 0\"}"; tac in; sed -n 2p in; } >edited
  gem-call -q -o out edited
  assert_equal "$(called)" 6
  assert_equal "$(ids out)" '0 1 2 2 3 4'
  sed -n 3p edited >shrunk
  cp out before
  run -0 gem-call -o out shrunk
  assert_regex "$output" '^Success: 1/1 \(1 reused\)'
  cmp out before
  assert_equal "$(called)" 6
}

@test "the answer goes into the record as it is today, and to its place of today" {
  asks 2 >in
  gem-call -q --journal keep in >/dev/null
  { echo "{\"id\":9,\"prompt\":\"$tag say 9\"}"; sed 's/{/{"title":1.0,/' in; } >edited
  run -0 --separate-stderr gem-call -q -k --journal keep edited
  assert_equal "$(jq -c '[.id, .call.seq]' <<<"$output" | tr -d '\n')" '[9,0][1,1][2,2]'
  assert_line --index 1 --regexp '^\{"title":1\.0,"id":1,"prompt":"[0-9]+ say 1","response":"'
  assert_equal "$(called)" 3
}

@test "a changed prompt, model or option is a new call" {
  asks 2 >in
  gem-call -q -o out in
  sed 's/say 2/say two/' in >edited
  gem-call -q -o out edited
  assert_equal "$(called)" 3
  gem-call -q -o out -m gemini-3.5-flash-lite edited
  gem-call -q -o out --config '{"temperature":0}' edited
  gem-call -q -o out --system brief edited
  assert_equal "$(called)" 9
  gem-call -q -o out --system brief --timeout 9s -j 1 edited
  assert_equal "$(called)" 9
}

@test "a file without an answer to any of the records is told of, at the sixteenth" {
  asks 20 >in
  gem-call -q -o out in
  run -0 --separate-stderr gem-call -o out -m gemini-3.5-flash-lite in
  assert_regex "$stderr" "gem-call: file 'out': none of its 20 answers is to any of the first 16 requests: these are called"
  run -0 --separate-stderr gem-call -o out in
  refute_regex "$stderr" 'none of its'
  run -0 --separate-stderr gem-call -o out --system brief <(head -3 in)
  assert_regex "$stderr" 'none of its 40 answers is to any of the first 3 requests'
  echo "{\"id\":1,\"prompt\":\"$tag #sim:fail=1,503 x\"}" >again
  run -1 gem-call -q --retry 0 -o failed again
  run -0 --separate-stderr gem-call -o failed again
  refute_regex "$stderr" 'none of its'
}

@test "ids that have moved on do not matter: the answer to the same request is taken, and its line says whose it is now" {
  seq 4 | sed "s/^/$tag say /" | gem-split -R -t '\(.text)' >in
  { echo "$tag say 0"; seq 4 | sed "s/^/$tag say /"; } | gem-split -R -t '\(.text)' >edited
  for options in -o --journal '-k --journal'; do
    rm -f out
    # shellcheck disable=SC2086
    gem-call -q $options out in >/dev/null
    # shellcheck disable=SC2086
    run -0 --separate-stderr gem-call $options out edited
    assert_regex "$stderr" '^Success: 5/5 \(4 reused\)'
    [ "$options" = -o ] || assert_equal "$(sort <<<"$output")" "$(sort out)"
    assert_equal "$(jq -s -c 'sort_by(.call.seq) | map(.id)' out)" '["-:1","-:2","-:3","-:4","-:5"]'
    assert_equal "$(jq -s -c 'sort_by(.call.seq) | map(.text)' out)" "$(jq -s -c 'map(.text)' edited)"
  done
  assert_equal "$(called)" 15
}

@test "records that ask the same under other ids keep their own answers" {
  for i in 1 2 3; do echo "{\"id\":$i,\"prompt\":\"$tag same\"}"; done >in
  gem-call -q -o out in
  sed -i '/"id":1/d' out
  for mode in -o --journal; do
    cp out some
    gem-call -q $mode some in >stdout
    assert_equal "$(ids some)" '1 2 3'
    assert_equal "$(grep -v '"id":1' some)" "$(cat out)"
  done
  assert_equal "$(sort stdout)" "$(sort some)"
  assert_equal "$(called)" 5
}

@test "what may have passed is called again, and its line goes; what was answered is not" {
  cat >in <<END
{"id":1,"prompt":"$tag one"}
{"id":2,"prompt":"$tag #sim:fail=1,503 two"}
{"id":3,"prompt":"$tag #sim:block three"}
{"id":4,"prompt":"$tag #sim:maxtokens four"}
END
  run -1 gem-call -q --retry 0 -o out in
  assert_equal "$(called)" 4
  run -1 gem-call --retry 0 -o out in
  assert_regex "$output" 'Success: 2/4 \(3 reused\)'
  assert_equal "$(called)" 5
  assert_equal "$(jq -s -c 'sort_by(.id) | map([.id, .success])' out)" '[[1,true],[2,true],[3,false],[4,false]]'
  run -1 gem-call --retry-failed -o out in
  assert_regex "$output" 'Success: 2/4 \(2 reused\)'
  assert_equal "$(called)" 7
  assert_equal "$(jq -s -c 'sort_by(.id) | map(.id)' out)" '[1,2,3,4]'
  assert_equal "$(ls)" "$(printf 'in\nout')"
}

@test "a file that cannot be written anew has what was called, and the same command goes on" {
  mkdir folder
  echo "{\"id\":1,\"prompt\":\"$tag #sim:fail=1,503 one\"}" >in
  gem-call -q --retry 0 -o folder/out in || assert_equal $? 1
  mkdir folder/out.gem-new
  run -2 gem-call -o folder/out in
  assert_line --partial "gem-call: file 'folder/out': it is not written anew: File exists; what is in it stays, and the same command goes on from there"
  assert_equal "$(jq -c .success folder/out)" $'false\ntrue'
  rmdir folder/out.gem-new
  run -0 gem-call -o folder/out in
  assert_regex "$output" '^Success: 1/1 \(1 reused\)'
  assert_equal "$(jq -c .success folder/out)" true
  assert_equal "$(called)" 2
}

@test "a failure that is called again and killed in between is in FILE once more, not twice" {
  echo "{\"id\":1,\"prompt\":\"$tag #sim:fail=1,503 one\"}" >in
  gem-call -q --retry 0 -o out in || assert_equal $? 1
  cp out failed
  gem-call -q -o out in
  cat failed out >killed
  cp killed out
  run -0 gem-call -o out in
  assert_regex "$output" '^Success: 1/1 \(1 reused\)'
  assert_equal "$(jq -c .success out)" true
  cat failed failed >out
  run -0 gem-call -q --retry-failed -o out in
  assert_equal "$(jq -c .success out)" true
  assert_equal "$(called)" 3
}

@test "what --retry-failed has answered before a kill counts without it, too" {
  for i in 1 2 3; do echo "{\"id\":$i,\"prompt\":\"$tag #sim:fail=1 #sim:block $i\"}"; done >in
  gem-call -q -o out in || assert_equal $? 1
  cp out failed
  gem-call -q --retry-failed -o out <(sed -n 2p in)
  sed -n '$p' out | sed 's/"seq":0/"seq":1/' | cat failed - >killed # as if it had been read with the others
  cp killed out
  run -1 gem-call -o out in
  assert_regex "$output" '^Success: 1/3 \(3 reused\)'
  assert_equal "$(jq -s -c 'map([.id, .success])' out)" '[[1,false],[3,false],[2,true]]'
  assert_equal "$(called)" 4
}

@test "a --retry-failed that was killed ends with one line a record" {
  { echo "{\"prompt\":\"$tag #sim:status=400 a\"}"; echo "{\"prompt\":\"$tag #sim:slow=1s b\"}"; } >in
  gem-call -q -o out <(head -n 1 in) || assert_equal $? 1
  gem-call -q -o out --retry-failed in 3>&- &
  sleep .5
  kill -KILL $!
  wait $! || true
  assert_equal "$(wc -l <out)" 2
  run -1 gem-call -q -o out --retry-failed in
  assert_equal "$(jq -s -c 'map(.success)' out)" '[false,true]'
}

@test "what --retry-failed cannot reach keeps the line that it has" {
  echo "{\"id\":1,\"prompt\":\"$tag #sim:maxtokens #sim:slow=500\"}" >in
  run -1 gem-call -q -o out in
  cp out before
  run -1 gem-call --retry 0 --timeout 100ms --retry-failed -o out in
  assert_line --regexp '^Success: 0/1, 1 failed \(1 timeout\)'
  run -1 gem-call -o out in
  assert_regex "$output" '^Success: 0/1 \(1 reused\)'
  assert_equal "$(cat out)" "$(cat before)"
  assert_equal "$(called)" 2
}

@test "two alike records that fail for good are called once each, wherever they stand" {
  { echo "{\"id\":1,\"prompt\":\"$tag q\"}"; echo "{\"id\":2,\"prompt\":\"$tag #sim:block b\"}"; } >in
  gem-call -q -o out in || assert_equal $? 1
  sed -n '2p;2p' in >twice
  for _ in 1 2 3; do
    run -1 gem-call -q -o out twice
    assert_equal "$(called)" 3
  done
}

@test "the last line tells how many results in FILE are not of today's input" {
  asks 3 >in
  run -0 gem-call -o out in
  refute_regex "$output" other
  run -0 gem-call -o out <(sed 1s/:1/:9/ in)
  refute_regex "$output" other
  run -0 gem-call -o out <(sed '2s/say/tell/; 3s/say/tell/' in)
  assert_regex "$output" "^Success: 3/3 \(1 reused\), .*; 'out' keeps 2 other results$"
  run -0 gem-call -o out <(sed 1q in)
  assert_regex "$output" "; 'out' keeps 4 other results$"
}

@test "an answer that is taken over leaves the failures of other records alone" {
  for id in f a; do echo "{\"id\":\"$id\",\"prompt\":\"$tag #sim:fail=1,503\"}"; done >in
  gem-call -q -j 1 --retry 0 -o out in || assert_equal $? 1
  echo "{\"id\":\"x\",\"prompt\":\"$tag #sim:fail=1,503\"}" | gem-call -q -o out
  assert_equal "$(jq -s -c 'map([.id, .success])' out)" '[["f",false],["x",true]]'
}

@test "a file to which somebody else has written is not written anew" {
  echo "{\"id\":1,\"prompt\":\"$tag #sim:fail=1,503 one\"}" >in
  gem-call -q --retry 0 -o out in || assert_equal $? 1
  echo "{\"id\":2,\"prompt\":\"$tag #sim:slow=300 two\"}" >>in
  run -2 gem-call -o out < <(sed -n 1p in; until [ "$(wc -l <out)" = 2 ]; do sleep .05; done; echo '{"note":"mine"}' >>out; sed -n 2p in)
  assert_output --partial 'it is not written anew: Device or resource busy; what is in it stays'
  assert_equal "$(grep -c mine out)" 1
  run -0 gem-call -q -o out in
  assert_equal "$(ids out)" '1 2'
}

@test "a file that is written anew keeps its mode and its group" {
  [ "$(id -u)" = 0 ] || skip 'only root gives files to any group'
  echo "{\"id\":1,\"prompt\":\"$tag #sim:fail=1,503 one\"}" >in
  gem-call -q --retry 0 -o out in || assert_equal $? 1
  chgrp 1 out
  chmod 640 out
  gem-call -q -o out in
  assert_equal "$(command stat -c '%a %g' out)" '640 1'
}

@test "records without an id keep their own answers and places, whichever was done when the run was killed" {
  cat >in <<END
{"prompt":"$tag same", "row":1 }
{"prompt":"$tag same","row":2}
"$tag same"
"$tag other"
{"row":5,"prompt":"$tag same","response":"old"}
END
  gem-call -q -o whole in
  for seq in 0 1 2 3 4; do
    for lines in -e -ve; do
      grep $lines "\"seq\":$seq," whole >out
      gem-call -q -o out in
      assert_equal "$(gem-merge out | jq -s -c 'map([.call.seq, .row])')" '[[0,1],[1,2],[2,null],[3,null],[4,5]]'
    done
  done
  cp whole out
  gem-call -q -o out in
  cmp whole out
  { echo "\"$tag first\""; cat in; } | gem-call -q -o out
  assert_equal "$(gem-merge out | jq -s -c 'map([.call.seq, .row])')" '[[0,null],[1,1],[2,2],[3,null],[4,null],[5,5]]'
  assert_equal "$(called)" 31
}

@test "a batch that is finished leaves FILE as it is" {
  for key in a b; do echo "{\"key\":\"$key\",\"request\":{\"contents\":[{\"parts\":[{\"text\":\"$tag x\"}]}]}}"; done >in
  gem-call -q -o out in
  command stat -c %i out >before
  run -0 gem-call -o out in
  assert_regex "$output" '^Success: 2/2 \(2 reused\)'
  assert_equal "$(command stat -c %i out)" "$(cat before)"
}

@test "a file that is removed or renamed stops the run: what comes then would be lost" {
  asks 9 >in
  for away in 'rm out' 'mv out else'; do
    run -2 gem-call -o out < <(head -n 1 in && until [ -s out ]; do sleep .05; done && $away && tail -n 8 in)
    assert_output "gem-call: file 'out': it was removed or renamed; what has come since is lost"
  done
  assert_equal "$(wc -l <else)" 1
}

@test "a file that has taken the place of the one that was opened is not written over" {
  echo "{\"id\":\"f\",\"prompt\":\"$tag #sim:fail=1,503 one\"}" >in
  gem-call -q --retry 0 -o out in || assert_equal $? 1
  echo mine >other
  run -2 gem-call -o out < <(asks 1 && until [ "$(wc -l <out)" = 2 ]; do sleep .05; done && mv other out && cat in)
  assert_output --partial 'it was removed or renamed'
  assert_equal "$(cat out)" mine
}

@test "a folder for temporary files that is not there is named for what it is" {
  asks 3 >in
  gem-call -q -o out in
  cp out before
  run -2 env TMPDIR=/nonexistent gem-call -o out < <(sed 's/"id":/"id":7/' in)
  assert_output --partial 'what is to go into it lies in TMPDIR: No such file or directory'
  cmp out before
}

@test "failures of records that are not asked for, or not called, stay" {
  for i in 1 2 3; do echo "{\"id\":$i,\"prompt\":\"$tag #sim:fail=1,503 $i\"}"; done >in
  gem-call -q -j 1 --retry 0 -o out in || assert_equal $? 1
  cp out before
  asks 2 | gem-call -q -j 1 -o out
  assert_equal "$(head -n 3 out)" "$(cat before)"
  run -3 gem-call -q --max-calls 0 -o out in
  assert_equal "$(head -n 3 out)" "$(cat before)"
  sed -n 2p in | gem-call -q -o out
  assert_equal "$(jq -s -c 'map([.id, .success])' out)" '[[1,false],[3,false],[1,true],[2,true],[2,true]]'
}

# whole FILE: its lines; one without an end is none.
whole() {
  sed '$!b;/}$/!d' "$1"
}

# answered FILE: how often the server was asked for what FILE has an answer to.
answered() {
  stat '.attempts' | jq --slurpfile r "$1" '[.[$r[] | select(.success) | .prompt]] | add'
}

@test "a run that is killed goes on: each record once, no stored answer called again, and called again at most what was in flight" {
  for mode in -o --journal; do
    rm -f out
    tag=$BATS_TEST_NUMBER$mode
    asks 200 | sed 's/say/#sim:slow=40 say/' >in
    for delay in 0.15 0.1 0.2 0.12; do
      gem-call -q -j 8 $mode out in >"seen$mode$delay" 2>/dev/null 3>&- &
      sleep $delay
      kill -KILL $! || true # a machine may be slow, and the run be done
      wait $! || true
    done
    whole out >stored
    before=$(answered stored)
    run -0 gem-call -q -j 8 $mode out in
    assert_equal "$(answered stored)" "$before"
    assert_equal "$(ids out)" "$(seq -s ' ' 200)"
    assert [ "$(called)" -le $((200 + 4 * 8)) ]
    [ $mode = -o ] || assert_equal "$(sort <<<"$output")" "$(sort out)"
  done
  # what somebody has seen is what is there at the end
  for file in seen--journal*; do whole "$file"; done | sort -u | comm -23 - <(sort out) >changed
  assert [ ! -s changed ]
}

@test "a last line that was cut short, at every byte: dropped, called again, no other" {
  asks 3 >in
  gem-call -q -o whole in
  start=$(head -n 2 whole | wc -c)
  size=$(wc -c <whole)
  for at in $(seq $((start + 1)) $((size - 1))); do
    head -c "$at" whole >out
    gem-call -o out in 2>err
    mapfile -t lines <err
    assert_equal "${lines[0]}" "gem-call: file 'out': its last line was cut short: dropped"
    assert_regex "${lines[1]}" '^Success: 3/3 \(2 reused\)'
    head -n 2 out | cmp - <(head -n 2 whole)
    assert_equal "$(grep -o '"id":[0-9]' out | sort | tr -d '\n')" '"id":1"id":2"id":3'
  done
  assert_equal "$(called)" $((3 + size - 1 - start))
}

@test "a first line that was cut short is ours too" {
  asks 1 >in
  gem-call -q -o whole in
  for at in 1 20 $(($(wc -c <whole) - 1)); do
    head -c "$at" whole >out
    run -0 gem-call -q -o out in
    assert_equal "$(ids out)" 1
  done
}

@test "damaged lines in the middle are passed over, counted and left where they are" {
  asks 3 >in
  gem-call -q -o whole in
  { sed -n 1p whole; echo 'junk'; sed -n 2p whole | sed 's/"fp":"./"fp":"_/'; echo '{"id":1}'; sed -n 3p whole | tr -d '}'; } >out
  cp out before
  run -0 gem-call -o out in
  assert_line --index 0 "gem-call: file 'out': 4 lines in it are damaged or no results: passed over"
  assert_line --index 1 --partial 'Success: 3/3 (1 reused)'
  head -n 5 out | cmp - before
  assert_equal "$(called)" 5
}

@test "a file that is not ours is refused and stays as it is" {
  printf '%s\n' '{"id":1,"prompt":"x"}' >requests
  printf 'hello' >word
  printf '{"a":1}' >object
  printf '\n\nhello\n{' >text
  echo '{"prompt":"x","response":"y","success":true}' >seed
  for file in requests word object text seed; do
    cp $file before
    for mode in -o --journal; do
      run -2 gem-call $mode $file <<<'"x"'
      assert_output "gem-call: file '$file': it holds something, and no result of gem-call: not touched"
      cmp $file before
    done
  done
}

@test "FILE is neither input nor standard output, no symbolic link, no folder, no FIFO" {
  asks 1 >in
  gem-call -q -o out in
  cp out before
  ln -s out link
  mkfifo fifo
  run -2 gem-call -o out out
  assert_output "gem-call: file 'out': it is read as input too"
  run -2 bash -c 'gem-call -o out <out'
  run -2 bash -c 'gem-call --journal out in >>out'
  assert_output "gem-call: file 'out': it is standard output too"
  run -2 gem-call -o link in
  assert_output "gem-call: file 'link': a symbolic link is not followed"
  run -2 gem-call -o fifo in
  assert_output "gem-call: file 'fifo': not a regular file"
  run -2 gem-call -o . in
  run -2 gem-call -o /nonexistent/out in
  assert_output --partial 'No such file'
  cmp out before
}

@test "FILE of another user is refused, whatever its mode: its owner could write the answers" {
  [ "$(id -u)" = 0 ] || skip 'only root gives files away'
  asks 1 >in
  gem-call -q -o out in
  cp out before
  chown 65534 out
  chmod 666 out
  for mode in -o --journal; do
    run -2 gem-call $mode out in
    assert_output "gem-call: file 'out': it belongs to another user"
  done
  cmp out before
}

@test "two runs do not share a file" {
  echo "\"$tag #sim:stall\"" >in
  # shellcheck disable=SC2034 # await_requests reads it
  before=$(stat .requests)
  gem-call -q --drain 0 -o out in 3>&- &
  await_requests 1
  run -2 gem-call -o out in
  assert_output "gem-call: file 'out': another run is writing it: each needs one of its own"
  kill $!
  wait $! || true
}

@test "a file that can grow no more: exit 2, whole lines in it, and the same command goes on" {
  asks 60 | sed 's/say/#sim:len=900 say/' >in
  for mode in -o --journal; do
    rm -f out
    paid=$(called)
    # shellcheck disable=SC2016
    run -2 --separate-stderr bash -c 'ulimit -f 20; gem-call -q -j 4 "$1" out in' - $mode
    assert_regex "$stderr" "file 'out': File too large; what is in it stays"
    assert [ $(($(called) - paid)) -le $(($(wc -l <out) + 4)) ]
    jq -es 'length > 5 and length < 60' out
    assert_equal "$(tail -c 1 out)" ''
    grep -vxFf out <<<"$output" >unsafe || true
    assert [ ! -s unsafe ] || assert_equal "$mode" -o
    run -0 gem-call -q $mode out in
    assert_equal "$(ids out)" "$(seq -s ' ' 60)"
  done
}

@test "a reader that leaves: no new calls, and what is in flight is kept" {
  asks 40 | sed 's/say/#sim:slow=100 say/' >in
  # shellcheck disable=SC2016
  run -0 bash -c 'gem-call -q -j 4 --journal out in 2>err | head -n 1 >/dev/null; echo "${PIPESTATUS[0]}"'
  assert_output 141
  assert [ ! -s err ]
  assert_equal "$(called)" "$(wc -l <out)"
  assert [ "$(called)" -lt 40 ]
  run -0 gem-call -q --journal out in
  assert_equal "$(ids out)" "$(seq -s ' ' 40)"
  assert_equal "$(called)" 40
}

@test "an interrupt keeps what is in flight, and says that the same command goes on" {
  asks 9 | sed 's/say/#sim:slow=500 say/' >in
  # shellcheck disable=SC2034 # await_requests reads it
  before=$(stat .requests)
  gem-call -j 3 -o out in 2>err 3>&- &
  await_requests 3
  kill -TERM $!
  status=0
  wait $! || status=$?
  assert_equal "$status" 143
  assert_regex "$(cat err)" 'waiting for 3 calls in flight; a second signal gives up
.*the same command goes on'
  assert_equal "$(wc -l <out)" 3
  gem-call -q -j 9 -o out in
  assert_equal "$(called)" 9
}

@test "an interrupt without a file of results says that the same command would start over" {
  run -143 timeout --preserve-status .5 gem-call < <(asks 1; sleep 1)
  assert_output --partial 'interrupted; the same command would start over'
}

@test "a run that is stopped says whether the same command goes on" {
  echo "\"$tag #sim:quota=day\"" >in
  run -3 gem-call -o out in
  assert_output --partial 'the same command goes on from here'
  run -3 --separate-stderr gem-call in
  output=$stderr
  assert_output --partial 'the same command would start over'
}

@test "a key that is refused on resume is exit 4, whatever was stored" {
  asks 2 >in
  gem-call -q -o out in
  echo "\"$tag #sim:status=403\"" >>in
  run -4 gem-call -q -o out in
}

@test "-o needs no standard output; -k leaves FILE in the order of completion" {
  { echo "{\"id\":1,\"prompt\":\"$tag #sim:slow=300 a\"}"; echo "{\"id\":2,\"prompt\":\"$tag b\"}"; } >in
  run -0 bash -c 'gem-call -k -q -o out in >&-'
  assert_equal "$(jq -s -c 'map(.id)' out)" '[2,1]'
}

@test "--journal goes with -r and --emit seed, on resume too" {
  { asks 2; echo "{\"id\":3,\"prompt\":\"$tag #sim:block x\"}"; } >in
  for options in -r '--emit seed'; do
    rm -f keep
    # shellcheck disable=SC2086
    run -1 --separate-stderr gem-call -q -k $options --journal keep in
    first=$output
    # shellcheck disable=SC2086
    run -1 --separate-stderr gem-call -q -k $options --journal keep in
    assert_equal "$output" "$first"
    assert_equal "$(jq -s 'length' keep)" 3
  done
  assert_equal "$(called)" 6
}

@test "options that contradict each other are exit 2" {
  for args in '-o out --journal out' '-o out -r' '-o out --emit seed' '--journal out --emit gemini' '--retry-failed' '--window 9' '-o out -k --window 9'; do
    # shellcheck disable=SC2086
    run -2 gem-call $args <<<'"x"'
    assert_equal "${#lines[@]}" 1
  done
  assert [ ! -e out ]
}
