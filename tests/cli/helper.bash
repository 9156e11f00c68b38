# SPDX-License-Identifier: MIT
# Loaded by every bats file: the programs under test come first on PATH, and no test sees
# the caller's key, settings or home.
# shellcheck shell=bash
bats_require_minimum_version 1.5.0
load /usr/lib/bats/bats-support/load
load /usr/lib/bats/bats-assert/load

PATH=${GEM_BUILD:-$BATS_TEST_DIRNAME/../../build}:$PATH
export PATH HOME=$BATS_TMPDIR LC_ALL=C.UTF-8
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR http_proxy https_proxy all_proxy no_proxy
[ -n "${SIM_PID:-}" ] || unset GEMINI_API_KEY GOOGLE_API_KEY OPENAI_API_KEY GOOGLE_GEMINI_BASE_URL GEM_MODEL

# A key whose forms in JSON, in a URL and in base64 differ: run.sh looks for each of them in all
# that was written.
CANARY='AIza"CANARY\of/the+key%that&nobody=may_see'

# sim [SIM-OPTION...] -- COMMAND...: runs the command beside a simulator of its own.
sim() {
  gem-sim "$@"
}

# prompts N: N records {"id":1,"prompt":"say 1"} …
prompts() {
  seq "$1" | sed 's/.*/{"id":&,"prompt":"say &"}/'
}

# start_sim [OPTION...]: a simulator that lasts until stop_sim; sets the base URL and a dummy key.
start_sim() {
  gem-sim "$@" >"$BATS_FILE_TMPDIR/sim.url" 3>&- 4>&- 5>&- 6>&- &
  SIM_PID=$!
  for _ in $(seq 100); do
    [ -s "$BATS_FILE_TMPDIR/sim.url" ] && break
    sleep 0.05
  done
  GOOGLE_GEMINI_BASE_URL=$(cat "$BATS_FILE_TMPDIR/sim.url")
  export SIM_PID GOOGLE_GEMINI_BASE_URL GEMINI_API_KEY=$CANARY
}

stop_sim() {
  kill "$SIM_PID"
}

# stat FILTER: what the simulator has seen.
stat() {
  curl -s "$GOOGLE_GEMINI_BASE_URL/_sim/stats" | jq -r "$1"
}

# await_requests N: until the simulator has seen N more requests than `before`.
await_requests() {
  for _ in $(seq 100); do
    [ "$(($(stat .requests) - before))" -ge "$1" ] && return
    sleep 0.05
  done
}
