#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call: connections that end, stall or lead elsewhere, and TLS; what went out is counted, what
# did not is not, and the key goes to one origin only.
# shellcheck disable=SC2034 # rc is read in wire.bash

setup() {
  load wire
}

once() {
  played "$@" -- --retry-ambiguous 0
}

# ---- connections that end ----

@test "a reset after the request is lost, and was perhaps paid" {
  once '[reset]'
  failed network 1 billed
}

@test "an end before the answer is lost, and was perhaps paid" {
  once '[close]'
  failed network 1 billed
}

@test "a reset within the body is lost, and was perhaps paid" {
  once '[200][body][answer][cut 10][wait 30][reset]'
  failed network 1 billed
}

@test "a reset within the head is lost, and was perhaps paid" {
  once '[200][wait 30][reset]'
  failed network 1 billed
}

@test "a server that resets whoever connects is tried again, and nobody asks it forever" {
  played '[early][reset]' -- --retry 1 --retry-ambiguous 1
  assert_equal "$(field '[.success, .call.class]')" '[false,"network"]'
  assert_equal "$(seen '[.connections <= 3, .requests]')" '[true,0]'
}

@test "a kept connection that dies under the next request: one request a record, not two" {
  RECORDS=$'"one"\n"two"\n"three"' played '[ok]' '[close]' '[ok]' -- -j 1 -k --retry-ambiguous 0
  assert_equal "$(jq -s -c 'map([.success, .call.attempts])' "$OUT")" '[[true,1],[false,1],[true,1]]'
  assert_equal "$(seen '[.requests, .reused]')" '[3,1]'
  assert_equal "$(jq -s -c '.[1].call | [.class, .maybe_billed]' "$OUT")" '["network",true]'
}

@test "a kept connection that is reset under the next request: the retry is ours, and counted" {
  RECORDS=$'"one"\n"two"' played '[ok]' '[reset]' '[ok]' -- -j 1 -k
  assert_equal "$(jq -s -c 'map([.success, .call.attempts])' "$OUT")" '[[true,1],[true,2]]'
  assert_equal "$(seen '[.requests, .reused]')" '[3,1]'
  assert_equal "$(jq -s -c '.[1].call.maybe_billed' "$OUT")" true
}

@test "an attempt after a lost one does not go over another kept connection" {
  RECORDS=$'"one"\n"two"\n"three"' played '[wait 100][ok]' '[wait 100][ok]' '[reset]' '[ok]' -- -j 2 -k
  assert_equal "$(jq -s -c 'map([.success, .call.attempts])' "$OUT")" '[[true,1],[true,1],[true,2]]'
  assert_equal "$(seen '[.requests, .reused <= 1]')" '[4,true]'
}

@test "a connection that its server ends while it is idle is not used again" {
  printf '"one"\n"two"\n' >"$BATS_TEST_TMPDIR/records"
  wire --count "$SEEN" '[ok][close]' '[ok]' -- sh -c '(head -n 1 "$1"; sleep 0.1; tail -n 1 "$1") | gem-call -q -j 1' \
    sh "$BATS_TEST_TMPDIR/records" >"$OUT"
  assert_equal "$(jq -s -c 'map([.success, .call.attempts])' "$OUT")" '[[true,1],[true,1]]'
  assert_equal "$(seen '[.requests, .reused, .connections]')" '[2,0,2]'
}

@test "an answer that comes before any request is none" {
  played '[early][ok unasked][close]' '[ok]' -- --retry-ambiguous 1
  assert_equal "$(field '[.response == "unasked" and .call.attempts != 1]')" '[false]'
}

@test "a refused connection sends nothing, and counts nothing" {
  played '[ok]' -- --retry 0 --base-url http://127.0.0.1:1
  failed network 0
  assert_equal "$(seen .connections)" 0
}

@test "a port that accepts and is silent costs one attempt" {
  played '[hang]' -- --timeout 150ms --retry-ambiguous 0
  failed timeout 1 billed
}

# ---- time ----

@test "no answer within --timeout: once more by default, then the record fails" {
  played '[hang]' -- --timeout 150ms
  failed timeout 2 billed
}

@test "headers that drip do not outlast --timeout" {
  played '[drip 20][200][body][answer]' -- --timeout 150ms --retry-ambiguous 0
  failed timeout 1 billed
}

@test "a body that drips does not outlast --timeout" {
  played '[200][body][drip 20][answer]' -- --timeout 150ms --retry-ambiguous 0
  failed timeout 1 billed
  assert_equal "$(field .call.status)" 200
}

@test "an answer that has begun and does not go on is a stall" {
  played '[200][body][answer][cut 9][hang]' -- --stall 150ms --retry-ambiguous 0
  failed stall 1 billed
  played '[200]Content-Length: 900\r\n\r\n[hang]' -- --stall 150ms --retry-ambiguous 0
  failed stall 1 billed
}

@test "--stall does not end an answer that drips" {
  played '[200][body][drip 1][answer]' -- --stall 150ms
  succeeded 1
}

@test "--stall does not end a call whose answer has not begun" {
  played '[wait 400][ok]' -- --stall 100ms
  succeeded 1
}

@test "a body that stalls does not outlast --timeout" {
  played '[200][body][answer][cut 9][hang]' -- --timeout 150ms --retry-ambiguous 0
  failed timeout 1 billed
}

@test "a slow answer that is within --timeout is a success" {
  played '[wait 100][200][body][drip 1][answer]' -- --timeout 5s
  succeeded 1
}

# ---- not HTTP ----

@test "an answer without a head is no success" {
  once '[answer][close]'
  failed network 1 billed
}

@test "binary junk is no success" {
  once '\x00\x01\xff\xfe junk\x1b\[2J\r\n\r\n[close]'
  failed network 1 billed
}

@test "a status line of nonsense is no success" {
  once 'HTTP/9.9 2000 OK\r\n[body][answer][close]'
  assert_equal "$(field '[.success, .call.attempts]')" '[false,1]'
  assert_equal "$(seen .requests)" 1
}

# ---- elsewhere: the key stays with its origin ----

# sent_to STATUS LOCATION: redirects that are not followed; the other server counts.
sent_to() {
  local here=$SEEN
  SEEN=$BATS_TEST_TMPDIR/elsewhere
  wire --count "$SEEN" '[ok]' -- wire --count "$here" "[$1]Location: $2\r\n[body]" -- \
    gem-call -q <<<"\"$PROMPT\"" >"$OUT" 2>"$ERR" && rc=0 || rc=$?
  assert_equal "$(seen '[.connections, .requests, .keys]')" '[0,0,0]'
  SEEN=$here
  silent
  failed redirect 1
  assert_equal "$(field .call.status)" "$1"
}

@test "a redirect to another origin is not followed, and the key does not go there" {
  for s in 301 302 303 307 308; do
    sent_to $s '[elsewhere]/v1beta/models/x:generateContent'
  done
}

@test "a redirect to the same server is not followed" {
  sent_to 302 '/v1beta/elsewhere'
}

@test "a redirect to a file is not followed" {
  sent_to 302 'file:///etc/passwd'
}

@test "a redirect without a place, and a 304, fail once" {
  played '[302][body]' --
  failed redirect 1
  played '[304]\r\n' --
  failed redirect 1
}

@test "a proxy of the environment is not used for loopback" {
  wire --count "$BATS_TEST_TMPDIR/proxy" '[ok]' -- sh -c '
    export http_proxy=$GOOGLE_GEMINI_BASE_URL https_proxy=$GOOGLE_GEMINI_BASE_URL all_proxy=$GOOGLE_GEMINI_BASE_URL
    exec wire --count "$0" "[ok]" -- gem-call -q' "$SEEN" <<<"\"$PROMPT\"" >"$OUT" 2>"$ERR"
  assert_equal "$(jq -c '[.connections, .keys]' "$BATS_TEST_TMPDIR/proxy")" '[0,0]'
  rc=0
  succeeded 1
}

@test "to a proxy of the environment TLS is a tunnel: it gets no request and no key, whatever it says" {
  # shellcheck disable=SC2016
  for reply in '[head]HTTP/1.1 200 Connection established\r\n\r\n[wait 50][close]' '[407][body]' '[ok]' '[302]Location: /\r\n[body]'; do
    rc=0
    wire --count "$SEEN" "$reply" -- sh -c 'https_proxy=$GOOGLE_GEMINI_BASE_URL exec gem-call -q --retry 0 --base-url https://192.0.2.1' \
      <<<"\"$PROMPT\"" >"$OUT" 2>"$ERR" || rc=$?
    silent
    assert_equal "$rc,$(field '[.success, .call.attempts, .call.maybe_billed]')" '1,[false,0,null]'
    assert_equal "$(seen '[.connections, .requests, .keys]')" '[1,1,0]' # the request is CONNECT
  done
}

# ---- TLS ----

@test "TLS with a certificate of our own authority" {
  played --tls '[ok]' --
  succeeded 1
  assert_equal "$(seen '[.handshakes, .keys]')" '[1,1]'
}

# untrusted KIND WORDS: nothing is sent, and nothing is tried again.
untrusted() {
  played --tls --cert "$1" '[ok]' --
  failed tls 0
  assert_equal "$(seen '[.connections, .keys]')" '[1,0]'
  assert_regex "$(field .error)" "$2"
}

@test "an expired certificate is not trusted" {
  untrusted expired 'expired'
}

@test "a certificate that nobody has signed is not trusted" {
  untrusted self-signed 'self-signed'
}

@test "a certificate for another name is not trusted" {
  untrusted wrong-name 'name'
}

@test "an authority that was not named is not trusted" {
  wire --count "$SEEN" --tls '[ok]' -- gem-call -q <<<"\"$PROMPT\"" >"$OUT" 2>"$ERR" && rc=0 || rc=$?
  silent
  failed tls 0
  assert_equal "$(seen .keys)" 0
}

@test "TLS 1.1 is not spoken" {
  played --tls --tls1.1 '[ok]' -- --retry 0
  failed tls 0
  assert_equal "$(seen '[.handshakes, .keys]')" '[0,0]'
}

@test "TLS to a port that speaks none: nothing is sent" {
  wire --count "$SEEN" '[early]HTTP/1.1 400 Bad Request\r\n[body][close]' -- sh -c \
    'GOOGLE_GEMINI_BASE_URL=https${GOOGLE_GEMINI_BASE_URL#http} exec gem-call -q --retry 0' \
    <<<"\"$PROMPT\"" >"$OUT" 2>"$ERR" || true
  silent
  assert_equal "$(field '[.success, .call.attempts, .call.maybe_billed]')" '[false,0,null]'
  assert_equal "$(seen '[.requests, .keys]')" '[0,0]'
}

@test "TLS to a port that is silent ends with --connect-timeout, and nothing is sent" {
  wire --count "$SEEN" '[ok]' -- sh -c \
    'GOOGLE_GEMINI_BASE_URL=https${GOOGLE_GEMINI_BASE_URL#http} exec gem-call -q --retry 0 --connect-timeout 200ms' \
    <<<"\"$PROMPT\"" >"$OUT" 2>"$ERR" && rc=0 || rc=$?
  silent
  failed network 0
  assert_equal "$(seen .keys)" 0
}

@test "a handshake that is cut is tried again, and nothing is sent" {
  played --tls '[early][close]' '[ok]' --
  assert_equal "$(field '[.success, .call.attempts, .call.maybe_billed]')" '[true,1,null]'
  assert_equal "$(seen '[.connections, .requests]')" '[2,1]'
}

@test "under TLS a body that ends without the closing alert was perhaps cut" {
  played --tls '[200]\r\n[answer][cut 10][drop]' -- --retry-ambiguous 0
  assert_equal "$(field '[.success, .call.attempts, .call.maybe_billed]')" '[false,1,true]'
}

@test "an interrupt before the first connection is up starts no other, and invents no result" {
  # shellcheck disable=SC2016
  wire --count "$SEEN" '[early][wait 700][close]' -- sh -c 'seq 50 | sed "s/.*/\"&\"/" >"$1.in"
    GOOGLE_GEMINI_BASE_URL=https${GOOGLE_GEMINI_BASE_URL#http} gem-call -q -j 50 --retry 0 "$1.in" >"$1" &
    sleep 0.3; kill -TERM $!; wait $!' - "$OUT" || true
  assert_equal "$(field '[.call.class, .call.attempts]')" '["tls",0]'
  assert_equal "$(seen .connections)" 1
}
