#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call over HTTP/2: what a server may say in frames; a request goes out as often as its record
# says, whatever libcurl would do by itself.

setup() {
  load wire
}

once() {
  played --h2 "$@" -- --retry-ambiguous 0
}

# ahead REPLY...: one record alone, then five at once on the connection that it has left behind.
ahead() {
  seq 6 | sed 's/.*/{"id":&,"prompt":"say &"}/' >"$BATS_TEST_TMPDIR/records"
  rc=0
  wire --h2 --count "$SEEN" "$@" -- bash -c \
    '(head -n 1 "$0"; sleep 0.15; tail -n +2 "$0") | gem-call -q -j 5 --retry-ambiguous 1 --cacert "$WIRE_CA"' \
    "$BATS_TEST_TMPDIR/records" >"$OUT" 2>"$ERR" || rc=$?
  silent
}

# sums EXPRESSION: of all records at once
sums() {
  jq -s -c "$1" "$OUT"
}

@test "a right answer is read" {
  played --h2 '[ok]' --
  succeeded 1
  assert_equal "$(seen '[.connections, .handshakes]')" '[1,1]'
}

@test "records share a connection" {
  ahead '[ok]'
  assert_equal "$rc" 0
  assert_equal "$(sums 'map(.success and .call.attempts == 1) | [length, all]')" '[6,true]'
  assert_equal "$(seen '[.connections, .requests]')" '[1,6]'
}

@test "the status of an answer is read: 503 is tried again, 400 is not" {
  played --h2 '[503 retry-after: 0][end]' '[ok]' --
  succeeded 2
  played --h2 '[400]{"error":{"code":400,"message":"no such field","status":"INVALID_ARGUMENT"}}[end]' --
  failed bad_request 1
}

@test "an answer in frames of one byte, with PINGs between, is whole" {
  played --h2 '[200]{[ping]"candidates":\[{"content":[ping]{"parts":\[{"text":"fine"}\]},"finishReason":"STOP"}\]}[end]' --
  succeeded 1
}

# ---- streams that end ----

@test "a stream that is reset with INTERNAL_ERROR is lost, and was perhaps paid" {
  once '[rst INTERNAL_ERROR]'
  failed network 1 billed
}

@test "a stream that is reset within its body is lost, and was perhaps paid" {
  once '[200]{"candidates"[rst INTERNAL_ERROR]'
  failed network 1 billed
}

@test "a stream that is reset with CANCEL is lost, once more by default" {
  played --h2 '[rst CANCEL]' --
  failed network 2 billed
}

@test "a body shorter than its content-length is no success" {
  once '[200 content-length: 500]{"candidates":\[\]}[end]'
  failed network 1 billed
}

@test "a body that is cut is no success" {
  once '[200]{"candidates":\[[end]'
  failed invalid 1 billed
}

@test "REFUSED_STREAM: the retry is ours, and counted" {
  played --h2 '[rst REFUSED_STREAM]' '[ok]' -- --retry-ambiguous 1
  succeeded 2
}

@test "REFUSED_STREAM for ever: as many requests as the record says" {
  played --h2 '[rst REFUSED_STREAM]' -- --retry 1 --retry-ambiguous 1
  assert_equal "$(field '[.success, .call.class]')" '[false,"network"]'
  assert_equal "$(field .call.attempts)" "$(seen .requests)"
  assert_equal "$(seen '.requests >= 2 and .requests <= 3')" true
}

@test "a stream that was refused was not worked on: it is not called billed, nor ambiguous" {
  played --h2 '[rst REFUSED_STREAM]' '[ok]' -- --retry 1 --retry-ambiguous 0
  succeeded 2
  assert_equal "$(field .call.maybe_billed)" null
}

@test "ENHANCE_YOUR_CALM on a stream: one request an attempt" {
  played --h2 '[rst ENHANCE_YOUR_CALM]' '[ok]' -- --retry-ambiguous 1
  succeeded 2
}

@test "ENHANCE_YOUR_CALM: fewer calls at once" {
  seq 20 | sed 's/.*/{"id":&,"prompt":"say &"}/' >"$BATS_TEST_TMPDIR/records"
  RECORDS=$(cat "$BATS_TEST_TMPDIR/records") played --h2 '[ok]' '[ok]' '[ok]' '[ok]' '[ok]' '[rst ENHANCE_YOUR_CALM]' '[ok]' -- \
    --retry-ambiguous 1 --events "$BATS_TEST_TMPDIR/events"
  assert_equal "$(sums '[length, (map(.success) | all), (map(.call.attempts) | add)]')" "[20,true,$(seen .requests)]"
  assert_equal "$(jq -s -c 'map(select(.event == "limit" and .why == "failed" and .new < .old)) | length' "$BATS_TEST_TMPDIR/events")" 1
}

@test "HTTP_1_1_REQUIRED: one request an attempt" {
  once '[rst HTTP_1_1_REQUIRED]'
  assert_equal "$(field .call.attempts)" "$(seen .requests)"
  assert_equal "$(field '[.success, .call.attempts <= 2]')" '[false,true]'
}

@test "a PUSH_PROMISE that nobody asked for ends the connection, not the program" {
  once '[frame 5 4 this \0\0\0\x02\x88]'
  failed network 1 billed
}

@test "a frame of a kind that does not exist is passed over" {
  played --h2 '[frame 200 0 this junk][ok]' --
  succeeded 1
}

@test "a header block that is junk ends the connection, not the program" {
  once '[frame 1 4 this \xff\xff\xff\xff\xff\xff\xff]'
  failed network 1 billed
}

@test "DATA before any head is no success" {
  once '[answer][end]'
  assert_equal "$(field '[.success, .call.attempts]')" '[false,1]'
  assert_equal "$(seen .requests)" 1
}

@test "a server that speaks HTTP/1 where h2 was agreed upon is no success" {
  once '[early][frame 47 49 none HTTP/1.1 400 Bad Request\r\n\r\n][close]'
  assert_equal "$(field '[.success, .call.class]')" '[false,"network"]'
}

# ---- GOAWAY ----

@test "GOAWAY that counts the stream: its answer is still taken, the next record goes elsewhere" {
  RECORDS=$'"one"\n"two"' played --h2 '[goaway this NO_ERROR][ok]' '[ok]' -- -j 1
  assert_equal "$(sums 'map([.success, .call.attempts])')" '[[true,1],[true,1]]'
  assert_equal "$(seen '[.requests, .connections]')" '[2,2]'
}

@test "GOAWAY that does not count the stream: the retry is ours, and counted" {
  played --h2 '[goaway none NO_ERROR][close]' '[ok]' -- --retry-ambiguous 1
  succeeded 2
}

@test "GOAWAY among five streams: each request on the wire is in a record" {
  ahead '[ok]' '[hang]' '[after 4][goaway before NO_ERROR][close]' '[hang]' '[ok]'
  assert_equal "$rc" 0
  assert_equal "$(sums '[length, (map(.success) | all), (map(.call.attempts) | add)]')" "[6,true,$(seen .requests)]"
  assert_equal "$(seen '.requests <= 11')" true
}

@test "GOAWAY with ENHANCE_YOUR_CALM: one request an attempt" {
  played --h2 '[goaway none ENHANCE_YOUR_CALM][close]' '[ok]' -- --retry-ambiguous 1
  succeeded 2
}

@test "GOAWAY of a broken server: the request was perhaps paid" {
  once '[goaway this INTERNAL_ERROR][close]'
  failed network 1 billed
}

# ---- connections that end ----

@test "a connection that ends under its stream is lost, and was perhaps paid" {
  once '[200]{"candidates"[close]'
  failed network 1 billed
  once '[reset]'
  failed network 1 billed
}

@test "a kept session that ends under the next request: one request an attempt" {
  RECORDS=$'"one"\n"two"' played --h2 '[ok]' '[drop]' '[ok]' -- -j 1 -k
  assert_equal "$(sums 'map([.success, .call.attempts])')" '[[true,1],[true,2]]'
  assert_equal "$(seen '[.requests, .reused]')" '[3,1]'
}

@test "a connection that is reset under five streams: each request on the wire is in a record" {
  ahead '[ok]' '[hang]' '[hang]' '[after 6][reset]' '[hang]' '[hang]' '[ok]'
  assert_equal "$rc" 0
  assert_equal "$(sums '[length, (map(.success) | all), (map(.call.attempts) | add)]')" '[6,true,11]'
  assert_equal "$(seen '[.requests, .connections <= 6]')" '[11,true]'
}

@test "no answer on a stream within --timeout: the others go on" {
  seq 6 | sed 's/.*/{"id":&,"prompt":"say &"}/' >"$BATS_TEST_TMPDIR/records"
  RECORDS=$(cat "$BATS_TEST_TMPDIR/records") played --h2 '[ok]' '[hang]' '[ok]' -- -j 2 --timeout 250ms --retry-ambiguous 0
  assert_equal "$(sums '[length, (map(select(.success)) | length), (map(.call.attempts) | add)]')" '[6,5,6]'
  assert_equal "$(seen .requests)" 6
}
