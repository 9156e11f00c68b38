#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-split: filter, id, template, and what a record asks for.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

@test "a record keeps its id, string or number, and its bytes" {
  run -0 gem-split < <(printf '{"id":9007199254740993}\n{"id":"\\u0061"}\n{"\\u0069d":1}\n')
  assert_output "$(printf '{"id":9007199254740993}\n{"id":"\\u0061"}\n{"\\u0069d":1}')"
}

@test "a record without an id gets FILE:LINE first of all" {
  printf '{}\n\n{"a":1}\n{"id":null,"b":2}\n' >in
  run -0 gem-split in
  assert_output "$(printf '%s\n' '{"id":"in:1"}' '{"id":"in:3","a":1}' '{"id":"in:4","b":2}')"
  run -0 gem-split - <<<'{"a":1}'
  assert_output '{"id":"-:1","a":1}'
}

@test "an id of another kind is rejected" {
  run -1 --separate-stderr gem-split <<<'{"id":[1]}'
  assert_equal "${stderr_lines[0]}" "gem-split: -:1: 'id': an array, where a string or a number is needed"
}

@test "--id takes a path and keeps the number's bytes, in place of the id that is there" {
  run -0 gem-split --id .a.b <<<'{"x":0,"id":1,"a":{"b":12345678901234567890}}'
  assert_output '{"x":0,"id":12345678901234567890,"a":{"b":12345678901234567890}}'
}

@test "--id takes any jq expression of one value" {
  run -0 gem-split --id '"\(.a)-\(.b|length)"' <<<'{"a":1,"b":"xyz"}'
  assert_output '{"id":"1-3","a":1,"b":"xyz"}'
}

@test "an --id that gives null, several values or an error rejects the record" {
  for id in .none '.a,.b' '.a|keys' '[.a]'; do
    run -1 --separate-stderr gem-split --id "$id" <<<'{"a":1,"b":2}'
    assert_output ''
    [[ "${stderr_lines[0]}" == "gem-split: -:1: "*"--id"* ]]
  done
}

@test "--filter select drops records, counts them and keeps the bytes of the others" {
  run -0 --separate-stderr gem-split -v --filter 'select(.n > 1)' < <(printf '{"id":1,"n":1}\n{ "id":2, "n":2.0,"big":9007199254740993}\n')
  assert_output '{ "id":2, "n":2.0,"big":9007199254740993}'
  assert_equal "$stderr" 'gem-split: 2 in = 1 used + 1 dropped + 0 rejected + 0 blank; 1 out'
}

@test "a --filter with several results gives several records with ids of their own" {
  run -0 --separate-stderr gem-split -v --filter '.a[]' <<<'{"a":[{"x":1},{"x":2,"id":"own"},"p"]}'
  assert_output "$(printf '%s\n' '{"id":"-:1","x":1}' '{"x":2,"id":"own"}' '{"id":"-:1:3","prompt":"p"}')"
  assert_equal "$stderr" 'gem-split: 1 in = 1 used + 0 dropped + 0 rejected + 0 blank; 3 out'
}

@test "a --filter makes records of what is no object" {
  run -0 gem-split --filter '{n: .}' <<<'[1]'
  assert_output '{"id":"-:1","n":[1]}'
}

@test "a record that fails in --filter is rejected whole and the rest goes on" {
  run -1 --separate-stderr gem-split --filter '{a: 1}, .b' < <(printf '[]\n{"b":{"id":2}}\n')
  assert_output "$(printf '{"id":"-:2","a":1}\n{"id":2}')"
  assert_equal "$stderr" "$(printf '%s\n' 'gem-split: -:1: --filter: Cannot index array with string "b"' \
    'gem-split: 2 in = 1 used + 0 dropped + 1 rejected + 0 blank; 2 out')"
}

@test "halt, halt_error, error(null), error({}) and input have defined ends" {
  printf '{"id":1}\n{"id":2}\n' >in
  for end in halt '"x"|halt_error' 'error({})' input; do
    run -1 --separate-stderr gem-split --filter "if .id == 1 then $end else . end" in
    assert_output '{"id":2}'
  done
  run -0 --separate-stderr gem-split -v --filter 'if .id == 1 then error(null) else . end' in
  assert_output '{"id":2}'
  assert_equal "$stderr" 'gem-split: 2 in = 1 used + 1 dropped + 0 rejected + 0 blank; 1 out'
}

@test "a record on which libjq itself breaks off is rejected, and the rest is there" {
  run -1 --separate-stderr gem-split --filter '.d = (.t | todate)' < <(printf '{"id":%s,"t":%s}\n' 1 1 2 1e300 3 3)
  assert_output '{"id":1,"t":1,"d":"1970-01-01T00:00:01Z"}
{"id":3,"t":3,"d":"1970-01-01T00:00:03Z"}'
  assert_equal "${stderr_lines[0]}" "gem-split: -:2: --filter: libjq breaks off: its assertion 'jv_get_kind(j) == JV_KIND_ARRAY' does not hold"
}

@test "a record that gives results without an end is rejected while there is memory" {
  ulimit -v 1000000
  gem-split --version >/dev/null 2>&1 || skip 'a sanitizer does not start in so little'
  for program in gem-split gem-merge; do
    run -1 --separate-stderr "$program" --filter 'if .id == 1 then repeat({id: ("x" * 90)}) else . end' \
      < <(printf '{"id":%s,"response":"","success":true}\n' 1 2)
    assert_line '{"id":2,"response":"","success":true}'
    assert_regex "${stderr_lines[0]}" ': the results are more than 64 MiB longer than the record$'
  done
}

@test "a jq program that does not compile is status 2, before any input is read" {
  run -2 --separate-stderr gem-split --filter '.[' missing
  assert_equal "$stderr" "gem-split: option '--filter': syntax error, unexpected \$end"
  run -2 gem-split --id '.[' missing
  run -2 gem-split --filter 'import "x" as x; .' missing
  assert_output "gem-split: option '--filter': module not found: x"
}

@test "numbers that jq changes are warned of once" {
  run -0 --separate-stderr gem-split --filter '.id = 1' < <(printf '{"n":9007199254740993}\n{"n":9007199254740993}\n')
  assert_equal "$stderr" 'gem-split: records or arguments have numbers that jq does not hold exactly: what it makes of them is changed'
}

@test "a number in an argument that jq changes is warned of, once" {
  run -0 --separate-stderr gem-split --argjson n 12345678901234567890 --filter '.n = $n' < <(printf '{"id":%s}\n' 1 2)
  assert_line '{"id":1,"n":12345678901234567000}'
  assert_equal "$stderr" 'gem-split: records or arguments have numbers that jq does not hold exactly: what it makes of them is changed'
}

@test "a changed number is warned of in --id and in a template, and not where it keeps its bytes" {
  warning='gem-split: records or arguments have numbers that jq does not hold exactly: what it makes of them is changed'
  echo '{"id":1,"n":9007199254740993}' >in
  run -0 --separate-stderr gem-split --id '"n\(.n)"' in
  assert_equal "$stderr" "$warning"
  run -0 --separate-stderr gem-split -t '\(.n + 0)' in
  assert_equal "$stderr" "$warning"
  run -0 --separate-stderr gem-split --filter 'select(.n)' --id .n -t '\(.n)' in
  assert_output '{"id":9007199254740993,"n":9007199254740993,"prompt":"9007199254740993"}'
  assert_equal "$stderr" ''
}

@test "a filter that is a simple path keeps the bytes of what lies there" {
  run -0 --separate-stderr gem-split --filter .a <<<'{"a":{"id":1.0,"n":9007199254740993},"b":2}'
  assert_output '{"id":1.0,"n":9007199254740993}'
  assert_equal "$stderr" ''
  run -0 gem-split --filter '.a?' <<<5
  assert_output ''
}

@test "half a surrogate pair that jq prints becomes U+FFFD, with a warning" {
  run -0 --separate-stderr gem-split --filter '{id, t: .t}' <<<'{"id":1,"t":"a\ud800"}'
  assert_output '{"id":1,"t":"a'$'\xef\xbf\xbd''"}'
  assert_equal "$stderr" 'gem-split: records or arguments have half a surrogate pair in their text: jq makes U+FFFD of it'
  run -0 --separate-stderr gem-split --filter 'select(.t)' <<<'{"id":1,"t":"a\ud800"}'
  assert_output '{"id":1,"t":"a\ud800"}'
  assert_equal "$stderr" ''
}

@test "--arg and --argjson are variables in --filter, --id and the template" {
  run -0 gem-split --arg lang Suomi --argjson least '{"n": 2}' --filter 'select(.n >= $least.n)' \
    --id '"\($lang)-\(.n)"' -t '$lang \($lang) \(.n) \($ARGS.named.least.n)' < <(printf '{"n":1}\n{"n":2}\n')
  assert_output '{"id":"Suomi-2","n":2,"prompt":"$lang Suomi 2 2"}'
}

@test "--arg takes its two words whatever they look like, and of two of one name the first" {
  run -0 gem-split --arg a --arg --arg b -- --arg a again --filter '{id: 1, a: $a, b: $b, all: $ARGS}' - <<<'{}'
  assert_output '{"id":1,"a":"--arg","b":"--","all":{"positional":[],"named":{"a":"--arg","b":"--"}}}'
}

@test "--argjson that is no JSON, and --arg without its two words, are status 2" {
  run -2 gem-split --argjson x '{1}' --filter '$x' missing
  assert_output "gem-split: option '--argjson': 'x': no JSON: expected a name in double quotes"
  run -2 gem-split --arg x
  assert_output "gem-split: option '--arg' needs a name and a value"
  run -2 gem-split --arg x $'\xff' missing
  assert_output "gem-split: option '--arg': 'x': invalid UTF-8"
}

@test "a record deeper than jq takes is rejected" {
  deep=$(printf '[%.0s' $(seq 300))$(printf ']%.0s' $(seq 300))
  run -1 --separate-stderr gem-split --filter 'select(true)' <<<"{\"a\":$deep}"
  assert_equal "${stderr_lines[0]}" 'gem-split: -:1: --filter: nested deeper than the 256 levels of libjq'
  run -0 gem-split <<<"{\"id\":1,\"a\":$deep}"
}

@test "no jq program sees a key" {
  export GEMINI_API_KEY=secret GOOGLE_API_KEY=secret OPENAI_API_KEY=secret OTHER=seen
  run -0 gem-split -t '\(env.OTHER + ([env[]]|join(" ")))' --id '$ENV.GEMINI_API_KEY // "none"' <<<'{}'
  assert_output --partial '{"id":"none","prompt":"seen'
  refute_output --partial secret
}

@test "--template writes the prompt, strings as their text and the rest as JSON" {
  run -0 gem-split --template 'Say "\(.s)"
of \(.o), \(.n)' <<<'{"id":1,"s":"a\"b","o":{"k": [1,"\u00e9"]},"n":1.0}'
  assert_output '{"id":1,"s":"a\"b","o":{"k": [1,"\u00e9"]},"n":1.0,"prompt":"Say \"a\"b\"\nof {\"k\":[1,\"é\"]}, 1.0"}'
}

@test "--template replaces a prompt where it stood, and sees it and the id" {
  run -0 gem-split -t '\(.id): \(.prompt)' <<<'{"prompt":"old","z":1}'
  assert_output '{"id":"-:1","prompt":"-:1: old","z":1}'
}

@test "--template comes from @FILE" {
  printf 'File: \\(.a)' >t
  run -0 gem-split -t @t <<<'{"id":1,"a":"x"}'
  assert_output '{"id":1,"a":"x","prompt":"File: x"}'
  run -2 gem-split -t @missing </dev/null
}

@test "a missing or null value rejects the record, and // gives another" {
  printf '{"id":1}\n{"id":2,"t":null}\n{"id":3,"t":""}\n{"id":4,"t":0}\n' >in
  run -1 --separate-stderr gem-split -t '<\(.t)>' in
  assert_equal "$(jq -r .prompt <<<"$output" | paste -sd,)" '<>,<0>'
  assert_equal "${stderr_lines[0]}" "gem-split: in:1: '.t': missing or null"
  run -0 gem-split -t '<\(.t // "none")>' in
  assert_equal "$(jq -r .prompt <<<"$output" | paste -sd,)" '<none>,<none>,<>,<0>'
}

@test "a template of any jq expression gives what a simple path gives" {
  printf '{"id":1,"a":{"b":["x",2]}}\n{"id":2,"a":{"b":[]}}\n{"id":3,"a":5}\n' >in
  run -1 --separate-stderr gem-split -t '\(.a.b[0])' in
  native=$output
  run -1 --separate-stderr gem-split -t '\(.a|.b|.[0])' in
  assert_equal "$output" "$native"
  assert_equal "$(jq -r .prompt <<<"$output")" x
}

@test "an unknown escape or an open parenthesis in a template is status 2" {
  run -2 gem-split -t 'C:\dir'
  assert_output "gem-split: option '--template': unknown escape '\\d' (a backslash is written '\\\\')"
  run -2 gem-split -t '\(.a'
  run -2 gem-split -t '\(.[)'
  assert_output "gem-split: option '--template': '.[': syntax error, unexpected \$end"
}

@test "--model, --system and --config write what is asked for" {
  printf 'Be brief.' >system
  run -0 gem-split --model m1 --system @system --config '{ "temperature": 0 }' <<<'{"id":1}'
  assert_output '{"id":1,"ask":{"model":"m1","system":"Be brief.","config":{"temperature":0}}}'
}

@test "what a record asks for itself wins, member by member" {
  run -0 gem-split --model m1 --config '{"temperature":0,"topK":1}' \
    <<<'{"id":1,"ask":{"model":"own","config":{"temperature":1.0}},"z":0}'
  assert_output '{"id":1,"ask":{"model":"own","config":{"temperature":1.0,"topK":1}},"z":0}'
}

@test "without these options ask passes through as it is" {
  run -0 gem-split <<<'{"id":1,"ask": [ "odd" ]}'
  assert_output '{"id":1,"ask": [ "odd" ]}'
}

@test "an ask that is no object is rejected when it is to be written" {
  run -1 --separate-stderr gem-split --model m <<<'{"id":1,"ask":"odd"}'
  assert_equal "${stderr_lines[0]}" "gem-split: -:1: 'ask': a string, where an object is needed"
}

@test "a --config that is no JSON object is status 2" {
  run -2 gem-split --config '{a:1}'
  assert_output "gem-split: option '--config': not JSON: expected a name in double quotes at byte 2"
  run -2 gem-call --config '{a:1}'
  assert_output "gem-call: option '--config': not JSON: expected a name in double quotes at byte 2"
  run -2 gem-split --config '[]'
  assert_output "gem-split: option '--config': a JSON object is needed, not an array"
  run -2 gem-split --model "$(printf 'm\377')"
}

@test "a stage's own results pass through to the next request" {
  run -0 gem-split -t 'Shorter: \(.response)' <<<'{"id":1,"prompt":"p","response":"r","success":true,"call":{"seq":0}}'
  assert_output '{"id":1,"prompt":"Shorter: r","response":"r","success":true,"call":{"seq":0}}'
}

@test "simple paths start no jq program" {
  # a broken ~/.jq fails every compilation, so it shows whether there is one
  export HOME=$BATS_TEST_TMPDIR
  echo 'def broken: [;' >.jq
  run -0 gem-split -t '\(.a.b // "x")' --id .id <<<'{"id":1}'
  run -2 gem-split -t '\(.a|length)'
  assert_output --partial '~/.jq'
}

@test "two runs give the same bytes" {
  seq 100 | sed 's/.*/{"n":&,"t":"text &"}/' >in
  gem-split --filter 'select(.n % 3 == 0)' -t '\(.t) \(.n)' in >one
  gem-split --filter 'select(.n % 3 == 0)' -t '\(.t) \(.n)' in >two
  cmp one two
  assert_equal "$(wc -l <one)" 33
}

@test "a template that makes all prompts alike is warned of" {
  run -0 --separate-stderr gem-split -t 'Summarise {text}' <<<'{"text":"a"}'
  assert_equal "$(jq -r .prompt <<<"$output")" 'Summarise {text}'
  assert_regex "$stderr" 'all prompts will be alike'
  run -0 --separate-stderr gem-split -t 'Summarise \\(.text)' <<<'{"text":"a"}'
  assert_equal "$(jq -r .prompt <<<"$output")" 'Summarise \(.text)'
  assert_regex "$stderr" 'all prompts will be alike'
  run -0 --separate-stderr gem-split -t 'Summarise \(.text)' <<<'{"text":"a"}'
  assert_equal "$stderr" ''
  run -0 --separate-stderr gem-merge -t 'Summarise {response}' <<<'{"response":"a","success":true}'
  assert_equal "$(jq -r .prompt <<<"$output")" 'Summarise {response}'
  assert_regex "$stderr" 'all prompts will be alike'
}
