#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-call over TLS: HTTP/2 and HTTP/1.1 through nghttpx before a simulator, whom it trusts, and
# how many connections the calls share. The access log has a line a call: the client's port, the
# protocol, the status.

# ca NAME: a certificate authority NAME.pem that has signed NAME.crt for 127.0.0.1
ca() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \
    -keyout "$1-ca.key" -out "$1.pem" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1 server" \
    -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA "$1.pem" -CAkey "$1-ca.key" -days 2 -out "$1.crt" \
    -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost') 2>/dev/null
}

setup_file() {
  load helper
  start_sim --latency 100
  cd "$BATS_FILE_TMPDIR" || return 1
  ca ours
  ca other
  port=$(shuf -i 20000-29999 -n 1)
  # shellcheck disable=SC2016 # nghttpx's variables
  nghttpx -f "127.0.0.1,$port" -b "127.0.0.1,${GOOGLE_GEMINI_BASE_URL##*:}" -n 1 --conf /dev/null \
    --errorlog-file nghttpx.err --accesslog-file access --accesslog-format '$remote_port $alpn $status' \
    ours.key ours.crt >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- &
  export FRONT_PID=$! FRONT=https://127.0.0.1:$port
  for _ in $(seq 100); do
    curl -s --cacert ours.pem -o /dev/null "$FRONT/" && break
    sleep 0.05
  done
}

teardown_file() {
  kill "$FRONT_PID"
  stop_sim
}

setup() {
  load helper
  cd "$BATS_FILE_TMPDIR" || return 1
  truncate -s 0 access
}

# calls N OPTION...: N calls through the front, all of which succeed
calls() {
  prompts "$1" | gem-call -q --base-url "$FRONT" "${@:2}" | jq -s 'map(select(.success)) | length'
}

# connections PROTOCOL: how many carried the calls that the front has seen since
connections() {
  awk -v p="$1" '$2 == p { seen[$1] } END { print length(seen) }' access
}

@test "a hundred calls share one connection, and each further hundred takes one more" {
  assert_equal "$(calls 300 -j 100 --cacert ours.pem)" 300
  assert_equal "$(connections h2)" 1
  truncate -s 0 access
  assert_equal "$(calls 600 -j 250 --cacert ours.pem)" 600
  assert_equal "$(connections h2)" 3
}

@test "--http1.1 takes a connection a call, and keeps them" {
  assert_equal "$(calls 60 -j 20 --http1.1 --cacert ours.pem)" 60
  assert_equal "$(connections http/1.1)" 20
}

@test "the first call goes alone until its connection is up, so that one handshake fails and not all" {
  run gem-call -q -j 50 --retry 0 --base-url "$FRONT" < <(prompts 50)
  assert_equal "$status" 1
  assert_equal "$(jq -r .call.class <<<"$output" | sort | uniq -c | xargs)" '50 tls'
  assert_equal "$(jq -s 'map(.call.attempts) | add' <<<"$output")" 0
  assert_equal "$(wc -l <access)" 0
}

@test "certificates come from --cacert, CURL_CA_BUNDLE, SSL_CERT_FILE or SSL_CERT_DIR" {
  mkdir -p hashed && cp ours.pem hashed/ && openssl rehash hashed
  assert_equal "$(CURL_CA_BUNDLE=ours.pem calls 1)" 1
  assert_equal "$(SSL_CERT_FILE=ours.pem calls 1)" 1
  assert_equal "$(SSL_CERT_DIR=hashed calls 1)" 1
  assert_equal "$(CURL_CA_BUNDLE=other.pem SSL_CERT_FILE=ours.pem calls 1)" 0
  assert_equal "$(CURL_CA_BUNDLE=other.pem calls 1 --cacert ours.pem)" 1
}

@test "a server that is not trusted gets no request and no key" {
  before=$(stat .requests)
  run -1 gem-call -q --cacert other.pem --base-url "$FRONT" <<<'"x"'
  assert_equal "$(jq -r '.call.class, .call.attempts' <<<"$output" | xargs)" 'tls 0'
  assert_equal "$(stat .requests)" "$before"
}
