#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016 # what is in single quotes is for bash -c and for jq
# gem-sim: the shapes of its answers, its limits, its faults, and what it counts.
# Tests that need no options share one simulator; the others run theirs as a parent.

load helper

setup_file() {
  start_sim
}

teardown_file() {
  stop_sim
}

# The functions below are used inside `gem-sim OPTIONS -- bash -c '…'` too.
url() {
  echo "$GOOGLE_GEMINI_BASE_URL/v1beta/models/${MODEL:-gemini-flash-latest}:$1"
}

# body TEXT: a request with this prompt.
body() {
  jq -nc --arg text "$1" '{contents:[{role:"user",parts:[{text:$text}]}]}'
}

# post METHOD BODY [CURL-OPTION…]: the answer's body.
post() {
  curl -sS -H "x-goog-api-key: $GEMINI_API_KEY" -H 'content-type: application/json' \
    "$(url "$1")" --data-binary "$2" "${@:3}"
}

ask() {
  post generateContent "$(body "$1")" "${@:2}"
}

# status PROMPT: the HTTP status alone.
status() {
  ask "$1" -o /dev/null -w '%{http_code}\n' "${@:2}"
}

text() {
  ask "$1" | jq -r '.candidates[0].content.parts[0].text'
}

stream() {
  post "streamGenerateContent?alt=sse" "$(body "$1")" "${@:2}"
}

# frames: the JSON of each frame, one a line, of a stream on standard input.
frames() {
  tr -d '\r' | sed -n 's/^data: //p'
}

# batch N PROMPT: a configuration of curl with N requests; needs BATCH, the prefix of their bodies.
batch() {
  local i next=
  for i in $(seq "$1"); do
    printf '{"contents":[{"parts":[{"text":"%s %d"}]}]}' "$2" "$i" >"$BATCH.$i"
    printf '%surl="%s"\nheader="x-goog-api-key: k"\noutput=/dev/null\ndata="@%s"\n' \
      "$next" "$(url generateContent)" "$BATCH.$i"
    next=$'next\n'
  done
}

# seen FILTER: of the statistics, compact.
seen() {
  curl -s "$GOOGLE_GEMINI_BASE_URL/_sim/stats" | jq -c "$1"
}

export -f batch seen url body post ask status text stream frames

# --- answers

@test "an answer is pretty-printed by two blanks, ends with a newline and leaves out zero fields" {
  run --keep-empty-lines ask 'Count to 3'
  assert_line --index 0 '{'
  assert_line --index 1 '  "candidates": ['
  [ "${output: -2}" = $'}\n' ]
  run jq -c '.candidates' <<<"$output"
  assert_output '[{"content":{"parts":[{"text":"[simulated] 1, 2, 3"}],"role":"model"},"finishReason":"STOP","index":0}]'
  run jq -e '.usageMetadata | has("thoughtsTokenCount") or has("cachedContentTokenCount")' <<<"$(ask x)"
  assert_output false
}

@test "tokens are a quarter of the bytes, and the total is their sum" {
  run jq -c '.usageMetadata | [.promptTokenCount, .candidatesTokenCount, .totalTokenCount]' <<<"$(ask 'Count to 3')"
  assert_output '[3,5,8]'
}

@test "an alias is resolved in modelVersion" {
  run jq -r .modelVersion <<<"$(ask x)"
  assert_output gemini-3.8-flash
}

@test "the headers are the service's" {
  run ask 'Count to 2' -D - -o /dev/null
  assert_line --partial 'Content-Type: application/json; charset=UTF-8'
  assert_line --partial 'Server: scaffolding on HTTPServer2'
  assert_line --regexp '^Server-Timing: gfet4t7; dur=[0-9]+'
  assert_line --partial 'X-Gemini-Service-Tier: standard'
  assert_line --partial 'Transfer-Encoding: chunked'
  refute_line --partial 'Content-Encoding'
}

@test "gzip is used when it is offered, and only then" {
  run ask 'Count to 2' --compressed -D -
  assert_line --partial 'Content-Encoding: gzip'
  assert_line --partial '[simulated] 1, 2'
}

@test "the same request has the same answer" {
  [ "$(ask 'Say it again' | jq .candidates)" = "$(ask 'Say it again' | jq .candidates)" ]
}

@test "the answer is a sentence of the material, marked, without the instruction" {
  run text $'Summarise in one sentence:\n\nThe first sentence says\nwhat it is about in full.  The second does not.'
  assert_output '[simulated] The first sentence says what it is about in full.'
  run text 'Translate to English: Hei maailma'
  assert_output '[simulated] Hei maailma'
}

@test "a mark in the material is not repeated" {
  run text $'Summarise:\n[simulated] All of this was simulated once before already.'
  assert_output '[simulated] All of this was simulated once before already.'
}

@test "things are counted and named" {
  run text 'Name 3 colors'
  assert_output '[simulated] red, green, blue'
  run text 'Name 2 fruits'
  assert_output '[simulated] apple, banana'
}

@test "a choice is answered with the listed word that the text contains, alone" {
  run text $'Classify as one of: install, upgrade, remove.\n2026-11-01 upgrade vim:amd64'
  assert_output upgrade
  run text $'Which is it? status installed vim\nAnswer with one of: remove, or install'
  assert_output install
  run text $'One of: Red, Green\nnothing of the kind'
  assert_output Red
}

@test "maxOutputTokens cuts the text and says so" {
  run jq -r '.candidates[0] | .finishReason, (.content.parts[0].text | length)' <<<"$(
    post generateContent '{"contents":[{"parts":[{"text":"many many many words"}]}],"generationConfig":{"maxOutputTokens":4}}')"
  assert_output $'MAX_TOKENS\n16'
}

@test "directives are not part of the answer" {
  run text '#sim:slow=1 Translate: Hei #sim:slow=1'
  assert_output '[simulated] Hei'
}

# --- streams

@test "a stream is frames with CRLF, cumulative usage and the finish reason in the last" {
  local long='Summarise: The quick brown fox jumps over the lazy dog near the bank of the river.'
  stream "$long" >"$BATS_TEST_TMPDIR/sse"
  [ "$(grep -c $'^data: .*\r$' "$BATS_TEST_TMPDIR/sse")" -gt 2 ]
  run jq -rs '(map(.candidates[0].content.parts[0].text) | add),
    (map(.candidates[0].finishReason // "-") | unique | join(" ")), .[-1].candidates[0].finishReason,
    ([.[].usageMetadata.totalTokenCount] | . == sort and length > 2)' \
    < <(frames <"$BATS_TEST_TMPDIR/sse")
  assert_output "$(text "$long")"$'\n- STOP\nSTOP\ntrue'
}

@test "a stream without alt=sse is one array" {
  run jq -r 'map(.candidates[0].content.parts[0].text) | add' <<<"$(post streamGenerateContent "$(body 'Count to 9')")"
  assert_output '[simulated] 1, 2, 3, 4, 5, 6, 7, 8, 9'
  run jq -r '.[0].error.status' <<<"$(post streamGenerateContent "$(body '#sim:status=500')")"
  assert_output INTERNAL
}

@test "an error before a stream is a plain object that calls itself an event stream" {
  run stream '#sim:status=503' -w '%{http_code} %{content_type}'
  assert_line --index 0 '{'
  assert_line '503 text/event-stream'
}

@test "a frame may be longer than 64 KiB" {
  run awk 'length > 65536 { print "long" }' <<<"$(stream '#sim:bigframe')"
  assert_output long
}

@test "a stream of 400,000 frames takes seconds, not minutes" {
  jq -nc '{contents:[{parts:[{text:("#sim:echo" + "  a frame of 24 bytes..." * 400000)}]}]}' >"$BATS_TEST_TMPDIR/long"
  run awk '/^data: /{ n++ } END { print n }' < <(
    post 'streamGenerateContent?alt=sse' "@$BATS_TEST_TMPDIR/long" -m 20)
  assert_output 400000
}

@test "a stream breaks where the directive says" {
  run jq -s 'length, any(.candidates[0].finishReason)' <<<"$(stream '#sim:end=3' | frames)"
  assert_output $'3\nfalse'
  run jq -s 'length, any(.candidates[0].finishReason)' <<<"$(stream '#sim:nofinish one two three four five six' | frames)"
  assert_line --index 1 false
  run stream '#sim:midbare=2'
  assert_equal "$(grep -c '^data: ' <<<"$output")" 2
  assert_line '    "code": 503,'
  run jq -sr 'length, .[-1].error.status' <<<"$(stream '#sim:midframe=2' | frames)"
  assert_output $'3\nUNAVAILABLE'
  run stream '#sim:cut=1' -o /dev/null
  assert_failure 18
}

@test "characters split between chunks come out whole" {
  run jq -r '.candidates[0].content.parts[0].text' <<<"$(stream '#sim:split #sim:echo äö €' | frames)"
  assert_output 'äö €'
  stream '#sim:split #sim:echo ä' --raw >"$BATS_TEST_TMPDIR/chunks"
  LC_ALL=C run grep -caP '\xc3\r$' "$BATS_TEST_TMPDIR/chunks"
  assert_output 1
}

# --- the other methods

@test "tokens are counted, of contents or of a whole request" {
  run jq -c '[.totalTokens, .promptTokensDetails[0].modality]' <<<"$(post countTokens "$(body 12345678)")"
  assert_output '[2,"TEXT"]'
  run jq .totalTokens <<<"$(post countTokens '{"generateContentRequest":{"model":"models/x","contents":[{"parts":[{"text":"1234"}]}],"systemInstruction":{"parts":[{"text":"1234"}]}}}')"
  assert_output 2
}

@test "embeddings are unit vectors of the dimensions asked for, in order" {
  local MODEL=gemini-embedding-001 one='{"content":{"parts":[{"text":"one"}]},"outputDimensionality":8}'
  run jq -c '.embedding.values | length, (map(. * .) | add * 1000 | round)' <<<"$(post embedContent "$one")"
  assert_output $'8\n1000'
  run jq '.embeddings | length, .[0].values == .[2].values, .[0].values == .[1].values' <<<"$(
    post batchEmbedContents "{\"requests\":[$one,{\"content\":{\"parts\":[{\"text\":\"two\"}]}},$one]}")"
  assert_output $'3\ntrue\nfalse'
}

@test "a batch of more than 100 embeddings is refused" {
  MODEL=gemini-embedding-001 run post batchEmbedContents \
    "$(jq -nc '{requests:[range(101)|{content:{parts:[{text:"x"}]}}]}')"
  assert_output --partial 'at most 100 requests can be in one batch'
}

@test "a batch that is no array is refused" {
  MODEL=gemini-embedding-001 run post batchEmbedContents '{"requests":{"a":{"content":{"parts":[{"text":"x"}]}}}}'
  assert_output --partial "Invalid value at 'requests', expected an array."
}

@test "models are listed by pages, and got" {
  local base=$GOOGLE_GEMINI_BASE_URL/v1
  run jq -c '[(.models | length), .nextPageToken]' <<<"$(curl -s "$base/models?pageSize=2&key=k")"
  assert_output '[2,"2"]'
  run jq -r '.models[0].name' <<<"$(curl -s "$base/models?pageSize=2&pageToken=3&key=k")"
  assert_output models/gemini-3.8-flash
  run jq -r '.name' <<<"$(curl -s "$base/models/gemini-embedding-2?key=k")"
  assert_output models/gemini-embedding-2
}

# --- refusals

@test "an unknown path is a page of the front end, an unknown model an error that names it" {
  run curl -s -w '%{http_code}' "$GOOGLE_GEMINI_BASE_URL/v2/models"
  assert_output --partial '<title>Error 404 (Not Found)!!1</title>'
  MODEL=gemini-0 run ask x
  assert_output --partial 'models/gemini-0 is not found for API version v1beta, or is not supported for generateContent.'
  MODEL=gemini-embedding-2 run status x
  assert_output 404
}

@test "no key is 403" {
  GEMINI_API_KEY='' run ask x
  assert_line '    "code": 403,'
  assert_output --partial 'unregistered callers'
}

@test "with --key any other key is refused, by its looks" {
  run gem-sim --key right -- bash -c 'status x; GEMINI_API_KEY=AIzaWrong ask x | jq -r .error.details[0].reason
    GEMINI_API_KEY=AQ.Wrong ask x | jq -r .error.code,.error.details[0].reason
    curl -s -o /dev/null -w "%{http_code}\n" "$(url generateContent)?key=right" -d "$(body x)"'
  assert_output $'200\nAPI_KEY_INVALID\n401\nACCESS_TOKEN_TYPE_UNSUPPORTED\n200'
}

@test "an unknown name is 400 and told, at the top and in generationConfig" {
  run jq -c '.error | .code, .details[0].fieldViolations[0].field' <<<"$(post generateContent \
    '{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"temprature":1}}')"
  assert_output $'400\n"generation_config"'
  run jq -r '.error.message' <<<"$(post generateContent '{"contens":[]}')"
  assert_output "Invalid JSON payload received. Unknown name \"contens\": Cannot find field."
  run jq -r '.error.message' <<<"$(post generateContent '{"contents":[{"parts":[{"txt":"x"}]}]}')"
  assert_output --partial "at 'contents[0].parts[0]'"
}

@test "names are taken in camelCase and in snake_case, and null is no value" {
  run post generateContent '{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":null,"systemInstruction":null}' \
    -o /dev/null -w '%{http_code}'
  assert_output 200
  run post generateContent '{"contents":[{"parts":[{"inline_data":{}},{"text":"x"}]}],
    "generation_config":{"max_output_tokens":9},"safetySettings":[],"system_instruction":{"parts":[{"text":"s"}]}}' \
    -o /dev/null -w '%{http_code}'
  assert_output 200
}

@test "broken JSON, wrong kinds and empty contents are 400" {
  local wrong
  for wrong in '{"contents":' '[]' '{"contents":{}}' '{"contents":[]}' '{}' '{"contents":[{"parts":[{"text":1}]}]}' \
    '{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"candidateCount":2}}' \
    '{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"maxOutputTokens":4611686018427387904}}'; do
    run jq -r .error.status <<<"$(post generateContent "$wrong")"
    assert_output INVALID_ARGUMENT
  done
}

@test "a body beyond the limit is 400 and says the limit" {
  head -c 21000000 /dev/zero >"$BATS_TEST_TMPDIR/zeros"
  run post generateContent "@$BATS_TEST_TMPDIR/zeros"
  assert_output --partial 'Request payload size exceeds the limit: 20971520 bytes.'
}

# --- directives

@test "each shape of a 200 that is no success" {
  local expect='
block      | null                                      | SAFETY
safety     | {"content":{},"finishReason":"SAFETY"}    | null
maxtokens  | "MAX_TOKENS"                              | null
think      | [true]                                    | null
budget     | {"role":"model"}                          | null
empty      | [{"text":""}]                             | null
malformed  | "MALFORMED_FUNCTION_CALL"                 | null
nocand     | null                                      | null'
  local filter='.candidates[0] as $c | if $c == null then null
    elif $c.finishReason == "SAFETY" then $c | {content, finishReason}
    elif $c.content.parts == null and $c.finishReason == "MAX_TOKENS" then $c.content
    elif $c.finishReason != "STOP" then $c.finishReason
    elif $c.content.parts[0].thought then [$c.content.parts[].thought] else $c.content.parts end'
  while IFS='|' read -r name candidate feedback; do
    [ -n "$name" ] || continue
    answer=$(ask "#sim:${name// /}")
    assert_equal "$(jq -c "$filter" <<<"$answer")" "${candidate//[[:space:]]/}"
    assert_equal "$(jq -r .promptFeedback.blockReason <<<"$answer")" "${feedback// /}"
  done <<<"$expect"
}

@test "a part in thoughts and code is left between two of text" {
  run jq -c '[.candidates[0].content.parts[] | keys[0]]' <<<"$(ask '#sim:multipart abc')"
  assert_output '["text","text","executableCode","text"]'
}

@test "any finish reason can be asked for, or none" {
  run jq -r '.candidates[0].finishReason' <<<"$(ask '#sim:finish=PROHIBITED_CONTENT')"
  assert_output PROHIBITED_CONTENT
  run jq -c '.candidates[0] | has("finishReason"), (.content.parts | length)' <<<"$(ask '#sim:nofinish')"
  assert_output $'false\n1'
}

@test "echo gives back what follows it, byte for byte; len an answer of that length" {
  run text $'#sim:echo a "b"\n  #sim:block \\ ä'
  assert_output $'a "b"\n  #sim:block \\ ä'
  run jq '.candidates[0].content.parts[0].text | length' <<<"$(ask '#sim:len=100000')"
  assert_output 100000
}

@test "bodies can be no JSON, or wrong JSON" {
  run jq . <<<"$(ask '#sim:html')"
  assert_failure
  ask '#sim:badutf8' >"$BATS_TEST_TMPDIR/bytes"
  run iconv -f UTF-8 -t UTF-8 "$BATS_TEST_TMPDIR/bytes"
  assert_failure
  run ask '#sim:surrogate'
  assert_output --partial '\ud83d"'
  run grep -c '"candidates"' <<<"$(ask '#sim:dupkey')"
  assert_output 2
  run jq -s length <<<"$(ask '#sim:twojson')"
  assert_output 2
  run jq -r 'keys_unsorted[0]' <<<"$(ask '#sim:reorder')"
  assert_output usageMetadata
}

@test "a redirect is not followed by accident: it leads to a page that counts" {
  run ask '#sim:redirect' -o /dev/null -w '%{http_code} %{redirect_url}'
  assert_output "307 $GOOGLE_GEMINI_BASE_URL/v1beta/redirected"
}

@test "a connection can be cut, reset or left to stall" {
  run ask '#sim:cut'
  assert_failure 18
  run ask '#sim:reset'
  assert_failure 56
  run ask '#sim:reset=1'
  assert_failure 56
  assert_output --partial '"candidates"'
  run ask '#sim:stall' -m 0.3
  assert_failure 28
  run ask '#sim:stall=1' -m 0.3
  assert_failure 28
  assert_output --partial '"candidates"'
}

@test "each status has its body" {
  local code name
  while read -r code name; do
    run jq -r '.error | "\(.code) \(.status)"' <<<"$(ask "#sim:status=$code")"
    assert_output "$code $name"
  done <<'END'
400 INVALID_ARGUMENT
401 UNAUTHENTICATED
403 PERMISSION_DENIED
404 NOT_FOUND
429 RESOURCE_EXHAUSTED
499 CANCELLED
500 INTERNAL
503 UNAVAILABLE
504 DEADLINE_EXCEEDED
END
  run ask '#sim:status=502' -w '%{content_type}'
  assert_output --partial '<title>Error 502 (Server Error)!!1</title>'
  assert_output --partial 'text/html'
  for code in 408 413 418; do
    run status "#sim:status=$code"
    assert_output "$code"
  done
}

@test "errors that share a status go by name" {
  run jq -r .error.status <<<"$(ask '#sim:error=location')"
  assert_output FAILED_PRECONDITION
  run jq -r '.error.details[0].reason' <<<"$(ask '#sim:error=key')"
  assert_output API_KEY_INVALID
  run jq -r .error.message <<<"$(ask '#sim:error=leaked')"
  assert_output --partial 'reported as leaked'
}

@test "a status alone has no details; each quota has its violations and its delay" {
  run jq -c '.error | has("details")' <<<"$(ask '#sim:status=429')"
  assert_output false
  local filter='.error.details as $d | [$d[] | select(.violations) | .violations[] |
      "\(.quotaId | capture("Per(?<p>Minute|Day)").p) \(.quotaValue)"],
    ([$d[] | .retryDelay // empty] | first)'
  run jq -c "$filter" <<<"$(ask '#sim:quota=minute,0.3s')"
  assert_output $'["Minute 5"]\n"0.300s"'
  run jq -c "$filter" <<<"$(ask '#sim:quota=both')"
  assert_output $'["Day 20","Minute 5"]\n"1s"'
  run jq -c "$filter" <<<"$(ask '#sim:quota=day')"
  assert_output $'["Day 20"]\n"51820.600s"'
  run jq -c "$filter" <<<"$(ask '#sim:quota=helponly')"
  assert_output $'[]\nnull'
  run jq -r '.error.message' <<<"$(ask '#sim:quota=zero')"
  assert_output --partial 'limit: 0, model: gemini-3.8-flash'
  run jq -r '.error.details[0].violations[0].quotaId' <<<"$(ask '#sim:quota=tokens')"
  assert_output --partial 'InputTokensPerModelPerMinute'
}

@test "retryafter adds the header, to a 429 or to the status asked for" {
  run ask '#sim:retryafter=7' -o /dev/null -w '%{http_code} %header{retry-after}'
  assert_output '429 7'
  run ask '#sim:status=503 #sim:retryafter=2' -o /dev/null -w '%{http_code} %header{retry-after}'
  assert_output '503 2'
  run ask '#sim:quota=minute' -o /dev/null -w '%{http_code}%header{retry-after}'
  assert_output '429'
}

@test "fail=N,STATUS fails the first N attempts of a body; fail=N limits the other directives" {
  run bash -c 'status "#sim:fail=2,500"; status "#sim:fail=2,500"; status "#sim:fail=2,500"; status "#sim:fail=2,500 other"'
  assert_output $'500\n500\n200\n500'
  run bash -c 'ask "#sim:fail=1 #sim:reset" 2>/dev/null; echo $?; status "#sim:fail=1 #sim:reset"'
  assert_output $'56\n200'
  run bash -c 'status "#sim:fail=1"; status "#sim:fail=1"'
  assert_output $'503\n200'
}

@test "directives work from the system instruction" {
  run post generateContent '{"contents":[{"parts":[{"text":"x"}]}],"systemInstruction":{"parts":[{"text":"#sim:status=499"}]}}' \
    -o /dev/null -w '%{http_code}'
  assert_output 499
}

@test "an unknown directive, or a wrong value, is told" {
  run ask '#sim:blok'
  assert_output --partial "'#sim:blok'"
  for wrong in slow=x len=67108865 status=200 fail=x quota=week cut=x error=none; do
    run status "#sim:$wrong"
    assert_output 400
  done
}

# --- service time, load, limits

@test "--slots and --queue: one is served, one waits, the others are turned away" {
  run gem-sim --slots 1 --queue 1 --latency 800 -- bash -c '
    for i in 1 2 3 4; do status "n$i" & done; wait
    seen "[.ok, .overloaded]"'
  assert_line --index 4 '[2,2]'
  assert_equal "$(grep -c 200 <<<"$output")" 2
}

@test "--queue N,STATUS: beyond the slots and the queue that status, and no hint" {
  run gem-sim --slots 1 --queue 0,429 --latency 800 -- bash -c '
    for i in 1 2 3; do status "n$i" & done; wait
    seen "[.ok, .refused, .overloaded]"'
  assert_line --index 3 '[1,2,0]'
}

@test "--slots-at: so many are served from that time on, the waiting ones too" {
  run gem-sim --slots 1 --slots-at 0,2 --queue 0 --latency 800 -- bash -c '
    for i in 1 2 3; do status "n$i" & done; wait
    seen "[.ok, .overloaded]"'
  assert_line --index 3 '[2,1]'
  run gem-sim --slots 1 --slots-at 60,2 --queue 0 --latency 800 -- bash -c '
    for i in 1 2 3; do status "n$i" & done; wait
    seen "[.ok, .overloaded]"'
  assert_line --index 3 '[1,2]'
}

@test "X-Server-Timeout is obeyed: 504 when the service takes longer" {
  run bash -c 'status "#sim:slow=5000" -H "x-server-timeout: 0.2"; status "#sim:slow=10" -H "x-server-timeout: 5"'
  assert_output $'504\n200'
}

@test "--rpm: beyond the burst 429, with the limit and the time until the next" {
  run gem-sim --rpm 6 --burst 2 -- bash -c 'status a; status b; ask c | jq -r ".error.details |
    .[0].violations[0].quotaId, .[0].violations[0].quotaValue, (.[] | .retryDelay // empty)"
    ask d -o /dev/null -w "%header{retry-after}"'
  assert_line --index 0 200
  assert_line --index 1 200
  assert_line --index 2 GenerateRequestsPerMinutePerProjectPerModel-FreeTier
  assert_line --index 3 6
  assert_line --index 4 --regexp '^([0-9](\.[0-9]{3})?|10)s$'
  assert_equal "${#lines[@]}" 5
}

@test "quotas are of each key and model, and return with time" {
  run gem-sim --rpm 600 --burst 1 -- bash -c 'status a; GEMINI_API_KEY=other status b; MODEL=gemini-pro-latest status c
    until [ "$(status d)" = 200 ]; do :; done; echo again'
  assert_output $'200\n200\n200\nagain'
}

@test "--tpm counts input tokens, --rpd requests" {
  run gem-sim --tpm 10 -- bash -c 'ask "a prompt of more than forty bytes, that is more tokens" | jq -r ".error.details[0].violations[0].quotaId"; status x'
  assert_output $'GenerateContentInputTokensPerModelPerMinute-FreeTier\n200'
  run gem-sim --rpd 1 -- bash -c 'status a; ask b | jq -r ".error.details[0].violations[0].quotaId"'
  assert_output $'200\nGenerateRequestsPerDayPerProjectPerModel-FreeTier'
}

@test "--no-hint: a 429 without details" {
  run gem-sim --rpm 1 --no-hint -- bash -c 'status a; ask b | jq -c ".error | .code, .details"'
  assert_output $'200\n429\nnull'
}

@test "--error-rate: the same seed fails the same prompts, another seed others, in any order" {
  draw() {
    gem-sim --error-rate 0.5,500 --seed "$1" -- bash -c 'for i in '"$2"'; do echo "$i $(status "n$i")"; done' | sort
  }
  local up='1 2 3 4 5 6 7 8 9 10 11 12' down='12 11 10 9 8 7 6 5 4 3 2 1' one
  one=$(draw 1 "$up")
  assert_equal "$one" "$(draw 1 "$down")"
  [ "$one" != "$(draw 2 "$up")" ]
  grep -q 500 <<<"$one"
  grep -q 200 <<<"$one"
}

@test "--error-rate draws anew for each attempt" {
  run gem-sim --error-rate 0.5 -- bash -c 'for i in $(seq 20); do status same; done | sort -u'
  assert_output $'200\n503'
}

@test "--outage: 503 to all while it lasts" {
  run gem-sim --outage 0,60 -- bash -c 'status x'
  assert_output 503
  run gem-sim --outage 60,120 -- bash -c 'status x'
  assert_output 200
}

@test "hundreds of delayed calls are in flight at once" {
  BATCH=$BATS_TEST_TMPDIR/batch run gem-sim -- bash -c 'batch 300 "#sim:slow=2000" >"$BATCH.conf"
    curl -Z --parallel-max 300 --parallel-immediate -K "$BATCH.conf" 2>/dev/null
    seen "[.requests, .ok, .peak, .in_flight]"'
  assert_output '[300,300,300,0]'
}

@test "more clients than descriptors: the others wait, and are served when those are gone" {
  (ulimit -n 64 && exec gem-sim) >"$BATS_TEST_TMPDIR/url" 3>&- 4>&- &
  local pid=$!
  until [ -s "$BATS_TEST_TMPDIR/url" ]; do :; done
  BATCH=$BATS_TEST_TMPDIR/batch GOOGLE_GEMINI_BASE_URL=$(cat "$BATS_TEST_TMPDIR/url") run timeout 30 bash -c '
    batch 120 "#sim:slow=100" >"$BATCH.conf"
    timeout 1 curl -Z --parallel-max 120 --parallel-immediate -K "$BATCH.conf" 2>/dev/null
    sed "s/^header=.*/&\nheader=\"Connection: close\"/" "$BATCH.conf" >"$BATCH.close"
    curl -Z --parallel-max 120 --parallel-immediate -K "$BATCH.close" 2>/dev/null
    until seen .in_flight | grep -qx 0; do :; done
    seen ".ok > 120"'
  kill "$pid"
  wait "$pid"
  assert_success
  assert_output true
}

# --- statistics

@test "the statistics count requests, refusals, cancellations, and attempts of each prompt" {
  STATS=$BATS_TEST_TMPDIR/stats gem-sim -- bash -c '
    for prompt in one one "#sim:status=429" "#sim:status=503" "#sim:status=500"; do status "$prompt"; done
    ask "#sim:slow=60s gone" -m 0.3
    ask "#sim:len=50000000" -m 0.3 --limit-rate 1k >/dev/null
    ask "#sim:cut"
    ask "#sim:reset"
    until seen . >"$STATS" && jq -e ".in_flight == 0" "$STATS"; do :; done' || true
  run jq -c '[.requests, .in_flight, .peak, .ok, .refused, .overloaded, .errors, .cancelled, .attempts.one]' \
    "$BATS_TEST_TMPDIR/stats"
  assert_output '[9,0,1,3,1,1,2,2,2]'
}

# --- the program

@test "a command gets dummies for every key and URL, and its status is ours" {
  GOOGLE_API_KEY=real GEMINI_API_KEY=real OPENAI_BASE_URL=https://example.org run gem-sim -- sh -c \
    'echo "$GEMINI_API_KEY ${GOOGLE_API_KEY-none} $OPENAI_API_KEY"
     case $GEMINI_BASE_URL$GOOGLE_GEMINI_BASE_URL$OPENAI_BASE_URL in *example*) echo leak;; esac; exit 7'
  assert_failure 7
  assert_output 'dummy none dummy'
}

@test "calls that are still waiting do not keep the end from coming" {
  for directive in stall stall=1 slow=60s; do
    run gem-sim -- bash -c 'ask "$1" >/dev/null & until seen .in_flight | grep -qx 1; do :; done; exit 3' - "#sim:$directive"
    assert_failure 3
  done
}

@test "a command that dies of a signal, and one that cannot run" {
  run gem-sim -- sh -c 'kill -TERM $$'
  assert_failure 143
  run gem-sim -- /nonexistent/command
  assert_failure 2
  assert_output "gem-sim: cannot run '/nonexistent/command': No such file or directory"
}

@test "a signal is passed on to the command" {
  gem-sim -- sh -c 'trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.05; done' \
    >"$BATS_TEST_TMPDIR/out" 3>&- 4>&- &
  local pid=$!
  local code=0
  until grep -q ready "$BATS_TEST_TMPDIR/out"; do :; done
  kill "$pid"
  wait "$pid" || code=$?
  assert_equal "$code" 9
  assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" $'ready\ngot it'
}

@test "without a command the URL is one line, and TERM is a clean end" {
  gem-sim >"$BATS_TEST_TMPDIR/url" 3>&- 4>&- &
  local pid=$!
  until [ -s "$BATS_TEST_TMPDIR/url" ]; do :; done
  run cat "$BATS_TEST_TMPDIR/url"
  assert_output --regexp '^http://127\.0\.0\.1:[0-9]+$'
  kill "$pid"
  wait "$pid"
}

@test "a signal that the parent ignores stays ignored, but for that of a command that ends" {
  (trap '' HUP; exec gem-sim) >"$BATS_TEST_TMPDIR/url" 3>&- 4>&- &
  local pid=$!
  until [ -s "$BATS_TEST_TMPDIR/url" ]; do :; done
  kill -HUP "$pid"
  run -0 curl -sf -o /dev/null "$(cat "$BATS_TEST_TMPDIR/url")/_sim/stats"
  kill "$pid"
  wait "$pid"
  run -7 timeout -s KILL 10 perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV' gem-sim -- sh -c 'exit 7'
}

@test "a port in use is told, and exits 2" {
  run gem-sim --port "${GOOGLE_GEMINI_BASE_URL##*:}"
  assert_failure 2
  assert_output "gem-sim: cannot listen on 127.0.0.1 port ${GOOGLE_GEMINI_BASE_URL##*:}: Address already in use"
}

@test "a wrong option value is one line and exits 2" {
  local wrong
  for wrong in --latency=x '--latency=5,' --latency=5,x --error-rate=2 --error-rate=0.5,200 --queue=1,200 --slots-at=5 --slots-at=5,0 --outage=5 --outage=5,2 --outage=x,1 --port=70000; do
    run gem-sim "$wrong"
    assert_failure 2
    assert_equal "${#lines[@]}" 1
  done
}

@test "an option that does nothing without another one is refused" {
  run -2 gem-sim --burst 5 -- true
  run -2 gem-sim --queue 5 -- true
  run -2 gem-sim --slots-at 5,2 -- true
  run -2 gem-sim --no-hint -- true
  run -2 gem-sim --latency 5,1000 -- true
}
