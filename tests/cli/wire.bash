# SPDX-License-Identifier: MIT
# Loaded by the wire-*.bats files: one run of gem-call against answers that are played byte for
# byte, and what must hold of every one of them.
# shellcheck shell=bash
load helper
PATH=${GEM_BUILD:-$BATS_TEST_DIRNAME/../../build}/tests/wire:$PATH
KEY=canary-key-of-the-wire-tests
PROMPT='a prompt that no message may quote'
OUT=$BATS_TEST_TMPDIR/out ERR=$BATS_TEST_TMPDIR/err SEEN=$BATS_TEST_TMPDIR/seen

# played [WIRE-OPTION...] REPLY... -- [GEM-CALL-OPTION...]: calls for RECORDS, or for one prompt.
played() {
  local wire=()
  while [ "$1" != -- ]; do
    wire+=("$1")
    shift
  done
  shift
  rc=0
  printf '%s\n' "${RECORDS:-\"$PROMPT\"}" |
    wire --count "$SEEN" "${wire[@]}" -- \
      bash -c 'exec gem-call -q ${WIRE_CA:+--cacert "$WIRE_CA"} "$@"' gem-call "$@" >"$OUT" 2>"$ERR" || rc=$?
  silent
}

# No byte of the key, and no prompt outside its field; messages are one line of sane length.
silent() {
  run ! grep -F "$KEY" "$OUT" "$ERR"
  run ! grep -F "$PROMPT" "$ERR"
  LC_ALL=C run ! grep -qaP '[\x00-\x08\x0b-\x1f\x7f]' "$ERR"
  [ "$(head -c 1 "$OUT")" != '{' ] ||
    assert_equal "$(jq -r --arg p "$PROMPT" '.error // empty | select(contains($p) or length < 3 or length > 300 or test("[[:cntrl:]]"))' "$OUT")" ''
}

seen() {
  jq -c "$1" "$SEEN"
}

field() {
  jq -c "$1" "$OUT"
}

# failed CLASS REQUESTS [billed]: one record that failed, with as many attempts as the server read.
failed() {
  local billed=false
  [ "${3:-}" != billed ] || billed=true
  assert_equal "$(field '[.success, .call.class, .call.attempts, .call.maybe_billed // false, (.error | type)]')" \
    "[false,\"$1\",$2,$billed,\"string\"]"
  assert_equal "$(seen .requests)" "$2"
  assert_equal "$rc" 1
}

# succeeded REQUESTS: one record that did.
succeeded() {
  assert_equal "$(field '[.success, .response, .call.attempts, .error]')" "[true,\"${2:-fine}\",$1,null]"
  assert_equal "$(seen .requests)" "$1"
  assert_equal "$rc" 0
}
