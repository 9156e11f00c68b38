#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call as a program: options, key, files, signals, exit statuses.

setup_file() {
  load helper
  start_sim
}

teardown_file() {
  kill "$SIM_PID"
}

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

@test "empty input: no output, no words, exit 0, with and without a key" {
  run -0 --separate-stderr gem-call </dev/null
  assert_equal "$output$stderr" ''
  unset GEMINI_API_KEY
  run -0 --separate-stderr gem-call < <(printf '')
  assert_equal "$output$stderr" ''
}

@test "the long names --jobs, --quiet and --raw-output are their short ones" {
  seq 3 | sed 's/.*/"say &"/' >three
  run -0 --separate-stderr gem-call -j 1 -q -r three
  short=$output
  assert_equal "$stderr" ''
  run -0 --separate-stderr gem-call --jobs 1 --quiet --raw-output three
  assert_equal "$output" "$short"
  assert_equal "$stderr" ''
  assert_equal "$(wc -l <<<"$short")" 3
  gem-call -q three >results
  assert_equal "$(gem-merge --raw-output results)" "$(gem-merge -r results)"
}

@test "a missing key is a clear message and exit 2 before any call" {
  unset GEMINI_API_KEY
  before=$(stat .requests)
  run -2 --separate-stderr gem-call <<<'"x"'
  assert_equal "$output" ''
  assert_regex "$stderr" 'no API key: set GEMINI_API_KEY'
  assert_equal "$(stat .requests)" "$before"
}

@test "GOOGLE_API_KEY does without GEMINI_API_KEY" {
  unset GEMINI_API_KEY
  GOOGLE_API_KEY=other-key run -0 gem-call -q <<<'"x"'
}

@test "--key-file reads the key, and refuses a file that others can read" {
  unset GEMINI_API_KEY
  echo 'file-key' >"$BATS_TEST_TMPDIR/key"
  chmod 600 "$BATS_TEST_TMPDIR/key"
  run -0 gem-call -q --key-file "$BATS_TEST_TMPDIR/key" <<<'"x"'
  chmod 644 "$BATS_TEST_TMPDIR/key"
  run -2 gem-call -q --key-file "$BATS_TEST_TMPDIR/key" <<<'"x"'
  assert_output --partial 'chmod 600'
  run -2 gem-call -q --key-file /nonexistent <<<'"x"'
  assert_output --partial 'No such file'
}

@test "--key-file takes a key whole, from a pipe in pieces too, or not at all" {
  # shellcheck disable=SC2016
  run -0 sim --key one-key-in-two-pieces -- bash -c 'gem-call -q --key-file <(printf one-key; sleep 0.2; printf -- "-in-two-pieces\n") <<<"\"x\""'
  (umask 077 && printf 'key\0more\n' >nul && printf 'key\nmore\n' >lines && head -c 8193 /dev/zero | tr '\0' k >long && : >empty)
  before=$(stat .requests)
  for file in nul lines long empty; do
    run -2 gem-call -q --key-file $file <<<'"x"'
    assert_output "gem-call: key file '$file' holds no key: one line of printable characters"
  done
  assert_equal "$(stat .requests)" "$before"
}

@test "the key is in no result and no message" {
  GEMINI_API_KEY=$CANARY run -4 gem-call --base-url "$GOOGLE_GEMINI_BASE_URL" <<<'"#sim:status=403"'
  refute_output --partial CANARY
}

@test "while it runs nobody sees the key: not in its environment, its arguments, a core file" {
  # shellcheck disable=SC2034 # await_requests reads it
  before=$(stat .requests)
  GOOGLE_API_KEY=$CANARY gem-call -q --drain 0 <<<'"#sim:stall"' 3>&- &
  await_requests 1
  run ! grep -sqF CANARY /proc/$!/environ /proc/$!/cmdline
  run -0 grep -c 'Max core file size *0 *0' /proc/$!/limits
  run -0 grep 'NoNewPrivs:.*1' /proc/$!/status
  kill $!
  wait $! || true
}

@test "plain http off this machine is refused before any call" {
  run -2 gem-call --base-url http://192.0.2.1 <<<'"x"'
  assert_output --partial 'use https'
  run -2 gem-call --base-url http://127.0.0.1.example.com <<<'"x"'
  run -2 gem-call --base-url ftp://127.0.0.1 <<<'"x"'
  run -2 gem-call --base-url 'https://u:p@127.0.0.1/' <<<'"x"'
}

@test "an option that is empty calls no other server and no other model; a variable that is, is not set" {
  run -2 gem-call --base-url '' <<<'"x"'
  assert_output --partial "base URL '': not a URL"
  run -2 gem-call --base-url "$GOOGLE_GEMINI_BASE_URL" -m '' <<<'"x"'
  assert_output --partial "the model's name is empty"
  GEM_MODEL='' run -0 gem-call -q <<<'"x"'
}

@test "a server is trusted by its certificate: not by default, but with --cacert" {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 \
    -subj /CN=gem-test -addext subjectAltName=IP:127.0.0.1 2>/dev/null
  port=$((20000 + RANDOM % 10000))
  openssl s_server -accept "127.0.0.1:$port" -key key.pem -cert cert.pem -quiet -www >/dev/null 2>&1 3>&- 4>&- &
  server=$!
  for _ in $(seq 50); do
    curl -sk "https://127.0.0.1:$port/" >/dev/null && break
    sleep 0.1
  done
  run -1 gem-call -q --retry 0 --base-url "https://127.0.0.1:$port" <<<'"x"'
  assert_equal "$(jq -c '[.call.class, .call.attempts]' <<<"$output")" '["tls",0]'
  run gem-call -q --retry 0 --retry-ambiguous 0 --timeout 2s --cacert cert.pem --base-url "https://127.0.0.1:$port" <<<'"x"'
  kill "$server"
  assert_equal "$(jq .call.attempts <<<"$output")" 1
  run -2 gem-call --cacert /nonexistent --base-url "https://127.0.0.1:$port" <<<'"x"'
  assert_output --partial "'/nonexistent': No such file"
}

@test "a path prefix of the base URL is kept" {
  run -1 gem-call -q --base-url "$GOOGLE_GEMINI_BASE_URL/prefix/" -m gemini-3.8-flash <<<'{"prompt":"x","ask":{"model":"gemini-3.8-flash"}}'
  assert_equal "$(jq -r '.call.class' <<<"$output")" not_found
}

@test "-H sends a header, also from a file, and refuses what is none" {
  unset GEMINI_API_KEY
  printf 'X-One: 1\nX-Two: 2\n' >"$BATS_TEST_TMPDIR/headers"
  GEMINI_API_KEY=key run -0 gem-call -q -H 'X-Zero: 0' --header "@$BATS_TEST_TMPDIR/headers" <<<'"x"'
  printf 'X-One: 1\r\nX-Two: 2\r\n' >"$BATS_TEST_TMPDIR/headers"
  GEMINI_API_KEY=key run -0 gem-call -q --header "@$BATS_TEST_TMPDIR/headers" <<<'"x"'
  printf 'X-One: 1\0\nX-Two: 2\n' >"$BATS_TEST_TMPDIR/headers"
  GEMINI_API_KEY=key run -2 gem-call --header "@$BATS_TEST_TMPDIR/headers" <<<'"x"'
  assert_output --partial 'a NUL in it is no text'
  GEMINI_API_KEY=key run -2 gem-call -H 'nonsense' <<<'"x"'
  assert_output --partial 'Name: value'
  GEMINI_API_KEY=key run -2 gem-call -H 'content-length: 5' <<<'"x"'
  GEMINI_API_KEY=key run -2 gem-call -H 'accept-encoding: gzip' <<<'"x"'
  assert_output --partial '--compressed'
  # nothing gets a second header in by its value
  for header in $'X-A: b\nX-C: d' $'X-A: b\r\nX-C: d' $'X-A: \001' $'X-A: \033[31m' $'X-A: \177' $'X A: b' $'X\tA: b' ': b' $'X-A\n: b'; do
    GEMINI_API_KEY=key run -2 gem-call -H "$header" <<<'"x"'
    assert_output --partial 'Name: value'
  done
  GEMINI_API_KEY=key run -0 gem-call -q -H $'X-A:\tb "c"; d=\303\244' <<<'"x"'
  # one of ours is replaced: without a key the server refuses
  GEMINI_API_KEY=key run -4 gem-call -q -H 'x-goog-api-key:' <<<'"x"'
}

@test "a proxy in the environment is not used for this machine" {
  http_proxy=http://127.0.0.1:1 run -0 gem-call -q <<<'"x"'
}

@test "wrong options exit 2 with one line and a hint" {
  for args in --nonsense '-j 0' '-j x' '--rate 5/x' '--timeout 5y' '--emit yaml' '-r --emit seed' \
    '--config [1]' '--config {' '--retry' '-m a/../b' '--drain x' '--max-wait -1'; do
    # shellcheck disable=SC2086 # words
    run -2 gem-call $args <<<'"x"'
    assert_equal "${#lines[@]}" 1
    assert_output --regexp '^gem-call: .+'
  done
}

@test "a file to write is not '-'" {
  for option in 'gem-call -o' 'gem-call --journal' 'gem-call --events' 'gem-split --rejects' 'gem-merge --rejects'; do
    # shellcheck disable=SC2086 # words
    run -2 $option - <<<'"x"'
    assert_output --partial "'-' is not a file such as out.ndjson or ./-"
    assert [ ! -e ./- ]
  done
  run -0 gem-call -q -o ./- <<<'"x"'
  assert [ -s ./- ]
}

@test "an option's name is whole, and what is no option is not shown with its value" {
  run -2 gem-call --key SECRET <<<'"x"'
  assert_output "gem-call: unknown option '--key' (try 'gem-call --help')"
  run -2 gem-call --nope=SECRET <<<'"x"'
  refute_output --partial SECRET
  run -2 gem-call --base-url 'https://u:SECRET@127.0.0.1/' <<<'"x"'
  refute_output --partial SECRET
}

@test "help that cannot be written is no success" {
  run -2 bash -c 'gem-call --help >/dev/full'
  assert_output --partial 'No space left'
}

@test "--help is on stdout, names the options and exits 0; --version names the libraries" {
  run -0 --separate-stderr gem-call --help
  assert_line --partial '--keep-order'
  assert_equal "$stderr" ''
  run -0 gem-call --version
  assert_output --partial libcurl
}

@test "--completion gives bash and fish scripts" {
  run -0 gem-call --completion bash
  assert_output --regexp '^complete .* gem-call$'
  run -0 gem-call --completion fish
  assert_line --partial 'complete -c gem-call -l keep-order -s k'
  run -0 gem-split --completion fish # in double quotes it would take $NAME for a variable
  assert_line "complete -c gem-split -l arg -r -d '\$NAME is this text'"
  assert_line "complete -c gem-split -l template -s t -r -d 'the prompt, with \\\\(.field) in it'"
  run -2 gem-call --completion tcsh
}

@test "files are read one after the other; one that cannot be read is named, the rest goes on, exit 2" {
  echo '"#sim:echo one"' >"$BATS_TEST_TMPDIR/a"
  echo '"#sim:echo two"' >"$BATS_TEST_TMPDIR/b"
  run -2 --separate-stderr gem-call -k -q -r "$BATS_TEST_TMPDIR/a" /nonexistent / - "$BATS_TEST_TMPDIR/b" <<<'"#sim:echo stdin"'
  assert_equal "${#lines[@]}" 3
  assert_line --index 1 --partial stdin
  assert_regex "$stderr" '/nonexistent: No such file'
  assert_regex "$stderr" '/: Is a directory'
}

@test "a full disk is exit 2 with the reason" {
  run -2 bash -c 'gem-call -q <<<"\"x\"" >/dev/full'
  assert_output --partial 'No space left'
}

@test "a closed stdout is exit 2 before any call" {
  before=$(stat .requests)
  run -2 bash -c 'gem-call -q <<<"\"x\"" >&-'
  assert_equal "$(stat .requests)" "$before"
}

@test "a closed stdin is exit 2 and does not hang" {
  run -2 timeout 10 bash -c 'gem-call -q <&-'
}

@test "when the reader goes away the program dies by SIGPIPE, silently" {
  run -0 bash -c 'yes "\"Count to 3\"" | gem-call -q -j 4 2>"$1" | head -n 3 >/dev/null; echo "${PIPESTATUS[1]}"' - "$BATS_TEST_TMPDIR/err"
  assert_output 141
  assert_equal "$(cat "$BATS_TEST_TMPDIR/err")" ''
}

# interrupted N [OPTION...]: gem-call on in, interrupted when N calls are in flight; AGAIN after so many seconds.
interrupted() {
  local count=$1 pid
  shift
  before=$(stat .requests)
  gem-call "$@" in >out 2>err 3>&- &
  pid=$!
  await_requests "$count"
  kill -TERM "$pid"
  if [ -n "${AGAIN:-}" ]; then
    sleep "$AGAIN"
    kill -TERM "$pid"
  fi
  status=0
  wait "$pid" || status=$?
  assert_equal "$status" 143
}

@test "an interrupt drains: calls in flight are written, no new one starts, and it dies by the signal" {
  printf '"#sim:slow=800 %s"\n' 1 2 3 4 5 6 7 8 9 >in
  interrupted 3 -j 3
  assert_equal "$(jq -s -c 'map(.success)' out)" '[true,true,true]'
  assert_equal "$(($(stat .requests) - before))" 3
  assert_regex "$(cat err)" 'Success: 3/3'
}

@test "it is the signal that ends it, not a status: of an interrupt, and of a reader that left" {
  # shellcheck disable=SC2016
  ended='my $pid = fork // die; exec @ARGV unless $pid; $SIG{TERM} = sub { kill TERM => $pid };
    1 until waitpid($pid, 0) == $pid; print STDERR $? & 127'
  before=$(stat .requests)
  perl -e "$ended" gem-call -q --drain 0 <<<'"#sim:stall"' >out 2>err 3>&- &
  await_requests 1
  kill -TERM $!
  wait $!
  assert_equal "$(cat err)" 15
  yes '"Count to 3"' | perl -e "$ended" gem-call -q -j 4 2>err | head -n 3 >/dev/null
  assert_equal "$(cat err)" 13
}

@test "an interrupt is the signal's status, also where the output of what was drained fails" {
  echo '"#sim:slow=500 full"' >in
  ln -s /dev/full out
  interrupted 1
  assert_regex "$(cat err)" 'No space left on device'
}

@test "a signal that comes twice, as timeout(1) sends it, is one" {
  printf '"#sim:slow=800 %s"\n' 1 2 3 >in
  AGAIN=.005 interrupted 3 -q
  assert_equal "$(jq -s -c 'map(.success)' out)" '[true,true,true]'
}

@test "a second interrupt gives up at once" {
  printf '"#sim:stall %s"\n' 1 2 >in
  AGAIN=.1 interrupted 2 -q
  assert_equal "$(jq -s -c 'map(.call.class)' out)" '["stopped","stopped"]'
}

@test "an interrupt does not wait for ever for a reader that takes nothing" {
  prompts 400 | sed 's/say/#sim:len=4000 say/' >"$BATS_TEST_TMPDIR/in"
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  sh -c 'exec sleep 60' <"$BATS_TEST_TMPDIR/fifo" 3>&- &
  reader=$!
  run timeout 20 bash -c 'gem-call -q --drain 300ms "$1/in" >"$1/fifo" & sleep 0.6; kill -TERM $!; wait $!' - "$BATS_TEST_TMPDIR"
  kill "$reader"
  assert_equal "$status" 143
}

@test "an interrupt gets through dense traffic" {
  run timeout 20 bash -c 'yes "\"Count to 3\"" | gem-call -q -j 100 >/dev/null & sleep 0.5; kill -TERM $!; wait $!'
  assert_equal "$status" 143
}

@test "--drain bounds how long an interrupt waits" {
  echo '"#sim:stall drain"' >in
  interrupted 1 -q --drain 200ms
  assert_equal "$(jq -r .call.class out)" stopped
}

@test "a call starts as soon as its line is there, before the input ends" {
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  gem-call -q -r <"$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/out" 3>&- &
  exec 7>"$BATS_TEST_TMPDIR/fifo"
  echo '"#sim:echo early"' >&7
  for _ in $(seq 100); do
    [ -s "$BATS_TEST_TMPDIR/out" ] && break
    sleep 0.05
  done
  run cat "$BATS_TEST_TMPDIR/out"
  exec 7>&-
  wait
  assert_output --partial early
}

@test "programs that share one pipe never tear a record" {
  prompts 40 | sed 's/say/#sim:len=6000 say/' >"$BATS_TEST_TMPDIR/in"
  run -0 bash -c 'split -n l/8 "$1" "$1." && ls "$1".* | xargs -P 8 -n 1 gem-call -q | cat' - "$BATS_TEST_TMPDIR/in"
  assert_equal "$(jq -s -c '[length, (map(.success) | all)]' <<<"$output")" '[40,true]'
}

@test "a non-blocking stdin is waited for" {
  for program in 'gem-split' 'gem-call -q' 'gem-merge'; do
    run -0 bash -c '{ echo "{\"prompt\":\"Count to 3\"}"; sleep 0.3; echo "{\"prompt\":\"Count to 3\"}"; } |
      perl -MFcntl -e '\''fcntl(STDIN, F_SETFL, O_NONBLOCK | fcntl(STDIN, F_GETFL, 0)); exec @ARGV'\'' $1' - "$program"
    assert_equal "${#lines[@]}" 2
  done
}

@test "a non-blocking stdout loses nothing" {
  prompts 60 | sed 's/say/#sim:len=4000 say/' >"$BATS_TEST_TMPDIR/in"
  # shellcheck disable=SC2016
  run -0 bash -c 'perl -MFcntl -e '\''fcntl(STDOUT, F_SETFL, O_NONBLOCK | fcntl(STDOUT, F_GETFL, 0)); exec @ARGV'\'' gem-call -q "$1" | { sleep 0.3; cat; }' - "$BATS_TEST_TMPDIR/in"
  assert_equal "$(jq -s 'length' <<<"$output")" 60
}

@test "plain http is for this machine, and elsewhere with --allow-http only, by the proxy if there is one" {
  run -2 gem-call --base-url http://192.0.2.1 <<<'"x"'
  assert_regex "$output" "https, or --allow-http"
  export http_proxy=http://127.0.0.1:1
  run -1 --separate-stderr gem-call -q --retry 0 --allow-http --base-url http://192.0.2.1 <<<'"x"'
  assert_equal "$(jq -r '.call.class' <<<"$output")" network
  assert_regex "$(jq -r .error <<<"$output")" '127.0.0.1'
  run -0 gem-call -q <<<'"x"'
}

@test "a reader that leaves while all calls are silent ends them at once" {
  before=$(stat .cancelled)
  # shellcheck disable=SC2016
  run -0 bash -c 'seq 20 | sed "s/.*/\"#sim:stall &\"/" | gem-call -q -j 20 | sleep 0.3; echo "${PIPESTATUS[2]}"'
  assert_output 141
  for _ in $(seq 100); do
    [ "$(($(stat .cancelled) - before))" -ge 20 ] && break
    sleep 0.05
  done
  assert_equal "$(($(stat .cancelled) - before))" 20
}

@test "--compressed asks for packed answers and unpacks them" {
  before=$(stat .gzip)
  run -0 gem-call -q <<<'"#sim:len=20000 plain"'
  plain=$(jq .response <<<"$output")
  assert_equal "$(stat .gzip)" "$before"
  run -0 gem-call -q --compressed <<<'"#sim:len=20000 plain"'
  assert_equal "$(jq .response <<<"$output")" "$plain"
  assert_equal "$(($(stat .gzip) - before))" 1
}

@test "a FIFO that nobody writes to holds up neither the calls in flight nor an interrupt" {
  mkfifo fifo
  echo '"first"' >in
  gem-call -q in fifo >out 3>&- &
  for _ in $(seq 100); do
    [ -s out ] && break
    sleep 0.05
  done
  kill $!
  status=0
  wait $! || status=$?
  assert_equal "$status,$(jq -r .prompt out)" 143,first
}

@test "messages that nobody reads hold up nothing: the run goes on, and its results are there" {
  mkfifo messages
  sleep 100 3>&- <>messages & # it has the pipe open, and does not read
  reader=$!
  # more messages than a pipe holds, and some
  { yes '"#sim:status=400"' | head -n 5000; prompts 3; } >in
  status=0
  timeout 60 gem-call -q -r in >out 2>messages || status=$? # a message for each failure
  kill $reader
  assert_equal "$status" 1
  assert_equal "$(wc -l <out)" 3
}

@test "messages that are read slowly are all there" {
  yes '"#sim:status=400"' | head -n 3000 >"$BATS_TEST_TMPDIR/in"
  # shellcheck disable=SC2016
  run -0 --separate-stderr bash -c 'gem-call -q -r "$1" 2>&1 >/dev/null | { sleep 0.3; wc -l; }' - "$BATS_TEST_TMPDIR/in"
  assert_output 3000
}

@test "a run that was stopped for longer than --timeout takes the answers that have come meanwhile" {
  # shellcheck disable=SC2034 # await_requests reads it
  before=$(stat .requests)
  prompts 4 | sed 's/say/#sim:slow=1000 say/' >in
  gem-call -q -j 4 --timeout 2s in >out 3>&- &
  await_requests 4
  kill -STOP $!
  sleep 2.5
  kill -CONT $!
  wait $!
  assert_equal "$(jq -s -c 'map([.success, .call.attempts]) | unique' out)" '[[true,1]]'
}

@test "a header may be the credential: then no key is needed" {
  run -0 --separate-stderr env -u GEMINI_API_KEY gem-call -H 'x-goog-api-key: abc' <<<'"hi"'
  assert_equal "$(jq .success <<<"$output")" true
}

@test "beside an Authorization goes no key but that of --key-file" {
  run -4 gem-sim --key k -- gem-call -q -H 'Authorization: Bearer x' <<<'"x"'
  (umask 077 && echo k >key)
  run -0 gem-sim --key k -- gem-call -q -H 'Authorization: Bearer x' --key-file key <<<'"x"'
}
