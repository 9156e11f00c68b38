#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The server of the wire-*.bats files does what its replies say: else they would prove nothing.

setup() {
  load wire
}

# bytes REPLY: what arrives, without a client's opinion of it
bytes() {
  wire "$1" -- bash -c 'exec 3<>"/dev/tcp/127.0.0.1/${GOOGLE_GEMINI_BASE_URL##*:}"; printf "GET / HTTP/1.1\r\n\r\n" >&3; cat <&3'
}

@test "text goes out as it stands, escapes as their bytes" {
  assert_equal "$(bytes 'a{"b":[1,[]]}\r\n\x41\\ \[ok\][close]' | od -c -An | tr -d ' \n')" 'a{"b":[1,[]]}\r\nA\[ok]'
}

@test "a head measures what follows, also what is cut or repeated" {
  assert_equal "$(bytes '[200 A: b][body]12345[cut 2][close]')" "$(printf 'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nA: b\r\nContent-Length: 5\r\n\r\n123')"
  assert_regex "$(bytes '[404][body][repeat 3 ab]c[close]')" $'^HTTP/1.1 404 .*Content-Length: 7\r\n\r\nabababc$'
}

@test "a chunk measures what stands within it" {
  assert_equal "$(bytes '[chunk]0123456789[repeat 2 abcdef][end]0\r\n\r\n[close]')" "$(printf '16\r\n0123456789abcdefabcdef\r\n0\r\n\r\n')"
}

@test "what drips arrives whole" {
  assert_equal "$(bytes '[drip 1]slowly [repeat 2 so][close]')" 'slowly soso'
}

@test "replies go out in their order, the last one again" {
  run -0 wire --count "$SEEN" '[200][body]a' '[200][body]b' -- sh -c 'for i in 1 2 3; do curl -s "$GOOGLE_GEMINI_BASE_URL"; done'
  assert_output abb
  assert_equal "$(seen '[.connections, .requests, .reused, .keys]')" '[3,3,0,0]'
}

@test "requests on one connection, the key and cookies are counted" {
  run -0 wire --count "$SEEN" '[200][body]a' -- \
    sh -c 'curl -s -H "x: $GEMINI_API_KEY" -b c=d "$GOOGLE_GEMINI_BASE_URL/1" "$GOOGLE_GEMINI_BASE_URL/$GEMINI_API_KEY"'
  assert_equal "$(seen '[.connections, .requests, .reused, .keys, .cookies]')" '[1,2,1,3,2]'
}

@test "HTTP/2 and TLS are spoken to a client that checks them" {
  run -0 wire --h2 '[200 x-a: b]{}[end]' -- sh -c 'curl -sS -i --cacert "$WIRE_CA" "$GOOGLE_GEMINI_BASE_URL"'
  assert_output "$(printf 'HTTP/2 200 \r\nx-a: b\r\n\r\n{}')"
  run -0 wire --tls '[200][body]a' -- sh -c 'curl -sS --cacert "$WIRE_CA" "$GOOGLE_GEMINI_BASE_URL"; test -f "$WIRE_CA"'
  assert_output a
}

@test "it ends as its command does" {
  run -7 wire '[ok]' -- sh -c 'exit 7'
  run -137 wire '[ok]' -- sh -c 'kill -9 $$'
}

@test "it kills a command that takes too long" {
  run -99 wire --limit 100ms '[hang]' -- sleep 60
}

@test "what is not in the language is refused before anything runs" {
  for reply in '[oops]' '[wait]' '[wait x]' 'a[early]' '[ok' '\q' '[cut 5]' '[rst NO_ERROR]' '[file /nowhere]'; do
    run -2 wire "$reply" -- touch "$BATS_TEST_TMPDIR/ran"
    assert_regex "$output" '^wire: REPLY 1: '
  done
  assert [ ! -e "$BATS_TEST_TMPDIR/ran" ]
}
