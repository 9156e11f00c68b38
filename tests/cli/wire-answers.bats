#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call: answers whose framing or content is broken, played byte for byte; none is taken for a
# success that is not one, and none is asked for more often than the record says.

setup() {
  load wire
}

ONCE='--retry-ambiguous 0' # what may have been paid for is not asked again: the test is about the class

# once REPLY...: with it
once() {
  # shellcheck disable=SC2086 # two words
  played "$@" -- $ONCE
}

@test "a right answer is read, and the key is sent once" {
  played '[ok]' --
  succeeded 1
  assert_equal "$(seen '[.connections, .keys]')" '[1,1]'
}

@test "an answer in chunks of one byte is whole" {
  played '[200 Transfer-Encoding: chunked]\r\n1\r\n{\r\n1\r\n"\r\n[chunk]candidates":[{"content":{"parts":[{"text":"fine"}]},"finishReason":"STOP"}]}[end]0\r\n\r\n' --
  succeeded 1
}

# ---- the length is not what it says ----

@test "a body short of its Content-Length is lost, and was perhaps paid" {
  once '[200][body][answer][cut 10][close]'
  failed network 1 billed
  assert_equal "$(field .call.status)" 200
}

@test "a lost answer is asked for once more by default, on the record's account" {
  played '[200][body][answer][cut 10][close]' --
  failed network 2 billed
}

@test "a lost answer that comes the second time is a success that perhaps cost twice" {
  played '[200][body][answer][cut 10][close]' '[ok]' --
  succeeded 2
  assert_equal "$(field .call.maybe_billed)" true
}

@test "a body that ends with its connection and is cut is no success" {
  once '[200]\r\n[answer][cut 10][close]'
  failed invalid 1 billed
}

@test "a body that ends with its connection and is whole is a success" {
  played '[200]\r\n[answer][close]' --
  succeeded 1
}

@test "bytes behind the Content-Length are no part of the answer, nor of the next one" {
  RECORDS=$'"one"\n"two"' played '[ok one]HTTP/1.1 200 OK\r\n[body]{}' '[ok two]' -- -j 1 -k
  assert_equal "$(field .response)" $'"one"\n"two"'
  assert_equal "$(seen '[.requests, .reused]')" '[2,0]'
}

@test "a chunk size that is no number breaks the answer" {
  once '[200 Transfer-Encoding: chunked]\r\nzz\r\n[answer]\r\n0\r\n\r\n'
  failed network 1 billed
}

@test "a chunk size of more than 64 bits breaks the answer" {
  once '[200 Transfer-Encoding: chunked]\r\n11111111111111111\r\n[answer]\r\n0\r\n\r\n'
  failed network 1 billed
}

@test "a chunk that breaks off breaks the answer" {
  once '[200 Transfer-Encoding: chunked]\r\n[chunk][answer][cut 10][close]'
  failed network 1 billed
}

@test "a missing last chunk breaks the answer, though it looks whole" {
  once '[200 Transfer-Encoding: chunked]\r\n[chunk][answer][end][close]'
  failed network 1 billed
}

@test "a body shorter than its Content-Length breaks the answer, though it looks whole" {
  once '[200]Content-Length: 9000\r\n\r\n[answer][close]'
  failed network 1 billed
  once '[200]Content-Length: 9000\r\n\r\n[answer][wait 50][reset]'
  failed network 1 billed
}

@test "chunks beat a Content-Length" {
  played '[200 Transfer-Encoding: chunked]Content-Length: 5\r\n\r\n[chunk][answer][end]0\r\n\r\n' --
  succeeded 1
}

@test "of two Content-Lengths neither makes a success of a part" {
  once '[200]Content-Length: 7\r\nContent-Length: 9000\r\n\r\n[answer][cut 10][close]'
  assert_equal "$(field '[.success, .call.attempts]')" '[false,1]'
  once '[200]Content-Length: 9000\r\nContent-Length: 7\r\n\r\n[answer][cut 10][close]'
  assert_equal "$(field '[.success, .call.attempts]')" '[false,1]'
}

@test "a negative Content-Length breaks the answer" {
  once '[200]Content-Length: -1\r\n\r\n[answer][close]'
  failed network 1 billed
}

# ---- too much ----

@test "an answer of more than 64 MiB is too large, and is not asked for again" {
  played '[200]\r\n[repeat 2000000 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa][close]' --
  failed too_large 1 billed
}

@test "a Content-Length of more than 64 MiB is too large" {
  played '[200]Content-Length: 99999999999\r\n\r\n[repeat 2000000 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa][hang]' --
  failed too_large 1 billed
}

@test "a header line of 200 KB is too large" {
  played '[200]X-Long: [repeat 50000 long]\r\n[body][answer]' --
  failed too_large 1 billed
  assert_regex "$(field .error)" 'header'
}

@test "headers of more than 300 KB are too large" {
  played '[200][repeat 8000 X-Many: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n][body][answer]' --
  failed too_large 1 billed
  assert_regex "$(field .error)" 'header'
}

@test "interim answers without end are too large" {
  played '[repeat 40000 HTTP/1.1 100 Continue\r\n\r\n][ok]' --
  failed too_large 1 billed
}

@test "a few interim answers are passed over" {
  played '[repeat 3 HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n][ok]' --
  succeeded 1
}

# ---- gzip ----

compressed() {
  gem-call --help | grep -q -e --compressed || skip 'gem-call has no --compressed'
}

# packed FILE: a reply whose body is that file
packed() {
  echo "[200 Content-Encoding: gzip][body][file $1]"
}

# gzipped: an answer in BATS_TEST_TMPDIR/gz
gzipped() {
  wire '[200]\r\n[answer][close]' -- sh -c 'curl -s "$GOOGLE_GEMINI_BASE_URL"' | gzip >"$BATS_TEST_TMPDIR/gz"
}

@test "--compressed: an answer in gzip is read" {
  compressed
  gzipped
  played "$(packed "$BATS_TEST_TMPDIR/gz")" -- --compressed
  succeeded 1
}

@test "--compressed: gzip that is cut is no success" {
  compressed
  gzipped
  head -c -12 "$BATS_TEST_TMPDIR/gz" >"$BATS_TEST_TMPDIR/cut"
  head -c 60 "$BATS_TEST_TMPDIR/gz" >"$BATS_TEST_TMPDIR/half"
  played "$(packed "$BATS_TEST_TMPDIR/half")" -- --compressed --retry-ambiguous 0
  assert_equal "$(field '[.success, .call.attempts, .call.maybe_billed]')" '[false,1,true]'
}

@test "--compressed: junk instead of gzip is no success" {
  compressed
  played '[200 Content-Encoding: gzip][body]no gzip!!!' -- --compressed --retry-ambiguous 0
  assert_equal "$(field '[.success, .call.attempts, .call.maybe_billed]')" '[false,1,true]'
}

@test "--compressed: a small body that unpacks to 80 MiB is too large" {
  compressed
  head -c 80M /dev/zero | gzip -1 >"$BATS_TEST_TMPDIR/bomb"
  played "$(packed "$BATS_TEST_TMPDIR/bomb")" -- --compressed
  failed too_large 1 billed
}

@test "gzip that was not asked for is unpacked too" {
  gzipped
  played "$(packed "$BATS_TEST_TMPDIR/gz")" --
  succeeded 1
}

# ---- the content ----

@test "an empty body is invalid" {
  once '[200][body]'
  failed invalid 1 billed
}

@test "a body that is not JSON is invalid" {
  once '[200][body]{"candidates":\[{"content"'
  failed invalid 1 billed
}

@test "a web page in place of an answer: the message names the option to check" {
  for page in '<!DOCTYPE html><html>Log in' '\xef\xbb\xbf\r\n <html>' '<'; do
    once "[200][body]$page"
    failed invalid 1 billed
    assert_equal "$(field .error)" '"the body is a web page, not JSON: check --base-url"'
  done
  once '[200][body]{<'
  assert_equal "$(field .error)" '"the body is not JSON: expected a name in double quotes at byte 2"'
}

@test "a NUL behind the JSON makes it invalid" {
  once '[200][body][answer]\0'
  failed invalid 1 billed
}

@test "an escaped NUL within the text stays as it is" {
  played '[ok a\\u0000b]' --
  run -0 grep -qF '"response":"a\u0000b","success":true' "$OUT"
}

@test "100,000 levels are invalid" {
  once '[200][body][repeat 100000 \[][repeat 100000 \]]'
  failed invalid 1 billed
}

@test "a count of tokens that no call has is cut at 10^12, and below that is not rounded" {
  played '[200][body]{"candidates":[{"content":{"parts":[{"text":"fine"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9007199254740993}}' --
  run -0 grep -qF '"in":1000000000000' "$OUT"
  played '[200][body]{"candidates":[{"content":{"parts":[{"text":"fine"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":999999999999}}' --
  run -0 grep -qF '"in":999999999999' "$OUT"
}

@test "an error within a 200 has the class of the code that it names" {
  played '[200][body]{"error":{"code":400,"message":"no such field","status":"INVALID_ARGUMENT"}}' --
  failed bad_request 1
  played '[200][body]{"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}}' -- --retry 0
  failed overloaded 1
}

@test "escape sequences in the server's message reach no terminal" {
  played '[400][body]{"error":{"code":400,"message":"\\u001b\[2Jred\\u009b","status":"INVALID_ARGUMENT"}}' -- -r
  assert_equal "$rc" 1
  run -0 grep -qF 'bad_request: \x1b[2Jred\xc2\x9b' "$ERR"
  LC_ALL=C run ! grep -qaP '[\x00-\x1f\x7f-\x9f]' "$ERR"
}

@test "escape sequences in the status line reach no terminal" {
  played 'HTTP/1.1 400 \x1b\[31mred\r\n[body]' -- -r
  assert_equal "$rc" 1
  LC_ALL=C run ! grep -qaP '[\x00-\x1f\x7f-\x9f]' "$ERR"
}

# ---- odd statuses ----

@test "statuses that are neither success nor failure fail once" {
  for s in 201 206; do
    once "[$s][body][answer]"
    assert_equal "$s $(field '[.success, .call.attempts, .call.status]')" "$s [false,1,$s]"
  done
  once '[204]\r\n'
  assert_equal "$(field '[.success, .call.attempts, .call.status]')" '[false,1,204]'
}

@test "a status of 999 is invalid, asked once" {
  played '[999][body][answer]' --
  failed invalid 1
}

@test "cookies are not kept" {
  RECORDS=$'"one"\n"two"' played '[200 Set-Cookie: a=b][body][answer]' -- -j 1
  assert_equal "$(seen '[.requests, .cookies]')" '[2,0]'
}

@test "Retry-After: 0 is an invitation to come back at once" {
  played '[429 Retry-After: 0][body]' '[503 Retry-After: 0][body]' '[ok]' --
  succeeded 3
}

@test "a wait that is too long is told; one that is no number is none" {
  played '[429 Retry-After: 3600][body]' --
  assert_equal "$rc,$(seen .requests)" 3,1
  assert_regex "$(cat "$ERR")" 'the server asks to wait for 3600 s'
  for wait in inf 0x10 nan -5; do
    played "[503 Retry-After: $wait][body]" '[ok]' -- --max-wait 9s
    succeeded 2
  done
}

@test "a hint beyond --retry-max-time ends the record at once" {
  played '[429 Retry-After: 30][body]' -- --retry-max-time 2s
  failed rate 1
}

@test "a Retry-After date is read by the server's own clock" {
  played '[503 Retry-After: Thu, 01 Jan 2099 00:00:00 GMT]Date: Thu, 01 Jan 2099 00:00:00 GMT\r\n[body]' '[ok]' --
  succeeded 2
  played '[503 Date: Thu, 01 Jan 2099 00:00:00 GMT]Retry-After: Thu, 01 Jan 2099 00:00:09 GMT\r\n[body]' -- --max-wait 5s
  assert_equal "$rc,$(field .call.retry_after_ms)" 3,9000
}

# ---- what the server says of the key ----

@test "a server that repeats the key does so in vain: in errors, answers, names and headers" {
  local said="of $KEY" escaped="of c\\\\u0061nary\\\\u002D${KEY#canary-}"
  for reply in \
    "[ok $escaped]" \
    "[200][body]{\"modelVersion\":\"$escaped\",\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"$escaped\"}]},\"finishReason\":\"$escaped\"}]}" \
    "[400][body]{\"error\":{\"code\":400,\"status\":\"$escaped\",\"message\":\"$escaped\"}}" \
    "[400][body]{\"error\":{\"code\":400,\"status\":\"INVALID_ARGUMENT\",\"message\":\"key $said\"}}" \
    "[403][body]{\"error\":{\"code\":403,\"status\":\"$said\",\"message\":\"\\\\u0063${KEY#c}\"}}" \
    "[200][body]{\"error\":{\"code\":400,\"message\":\"$said\"}}" \
    "[ok $said]" \
    "[200][body]{\"modelVersion\":\"$said\",\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"$said\"}]},\"finishReason\":\"$said\"}]}" \
    "[200][body]{\"modelVersion\":\"$said\",\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":\"STOP\"}]}" \
    "HTTP/1.1 400 $KEY\r\nX: $KEY\r\n[body]$KEY" \
    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/$KEY\r\n[body]$KEY" \
    "HTTP/1.1 $KEY\r\n\r\n" \
    "$KEY: $KEY\r\n\r\n${KEY}[close]"; do
    for options in '-m some' -r '--emit gemini' '--emit seed' "--journal $BATS_TEST_TMPDIR/keep"; do
      rm -f "$BATS_TEST_TMPDIR/keep"
      # shellcheck disable=SC2086
      played "$reply" -- $ONCE $options
      run ! grep -qrF "$KEY" "$BATS_TEST_TMPDIR/keep" # (there is none without --journal)
      [ "$options" = -r ] || run ! grep -qF "$KEY" <<<"$(jq '.. | strings' "$OUT")" # escapes read
    done
  done
}
