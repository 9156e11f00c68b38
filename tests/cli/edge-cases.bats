#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Odd streams, odd descriptors, odd surroundings: the same bytes, or a defined end.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

@test "a name spelled with escapes is the name" {
  run -0 gem-split -t '\(.text)' <<<'{"\u0069d":"x","te\u0078t":"y"}'
  assert_output '{"\u0069d":"x","te\u0078t":"y","prompt":"y"}'
}

@test "1024 levels are read, one more is rejected, a million cost no stack" {
  nest() { printf '{"a":%s1%s}\n' "$(head -c "$1" /dev/zero | tr '\0' '[')" "$(head -c "$1" /dev/zero | tr '\0' ']')"; }
  nest 1023 >in
  run -0 gem-split in
  nest 1024 >in
  run -1 --separate-stderr gem-split in
  assert_equal "${stderr_lines[0]}" 'gem-split: in:1:1029: nested too deep (byte 1029)'
  nest 1000000 >in
  run -1 --separate-stderr gem-split in
  assert_regex "$stderr" 'nested too deep'
}

@test "an empty string is a prompt" {
  run -0 gem-split -t '\(.a)' <<<'{"id":1,"a":""}'
  assert_output '{"id":1,"a":"","prompt":""}'
}

@test "bytes that come one by one give the same bytes" {
  for n in 1 2 3; do printf '{"id":%s,"text":"é\\n😀"}\r\n' "$n"; done >in
  gem-split -t '\(.text)!' in >whole
  for program in "gem-split -t \\(.text)!" gem-merge; do
    dd if=in bs=1 status=none | $program >bytewise
    $program <in | cmp - bytewise
  done
}

@test "text, tables and whole files that come one byte at a time give the same bytes" {
  printf 'a,b\r\n"x ""\303\251""\r\ny",2\r\n\360\237\230\200,3' >in
  tr , '\t' <in >in.tsv
  while read -r records file options; do
    # shellcheck disable=SC2086 # they are several
    gem-split $options <"$file" >whole
    # shellcheck disable=SC2086
    dd if="$file" bs=1 status=none | gem-split $options | cmp - whole
    assert_equal "$(wc -l <whole)" "$records"
  done <<-'KINDS'
	4 in -R
	7 in -R --chunk 3
	1 in -0
	1 in -w
	2 in --csv
	2 in.tsv --tsv
	KINDS
}

@test "an escaped NUL stays one in a record and a prompt, and is a byte in text" {
  line='{"id":1,"text":"a\u0000b","response":"a\u0000b"}'
  for template in '\(.text)' '\(.text | .)'; do
    run -0 gem-split -t "$template" <<<"$line"
    assert_output "${line%\}},\"prompt\":\"a\u0000b\"}"
  done
  run -0 gem-split --filter '{id, text}' <<<"$line"
  assert_output '{"id":1,"text":"a\u0000b"}'
  gem-merge -r <<<"$line" | cmp - <(printf 'a\0b\n')
  printf 'a\0b' >in
  run -1 gem-split -w in
  assert_line --index 0 'gem-split: in:1:2: a NUL byte: no text (byte 2)'
}

@test "half a surrogate pair keeps its bytes in a record and a prompt, and is U+FFFD in text" {
  line='{"id":1,"text":"\ud800","response":"\ud800!"}'
  run -0 gem-split -t '\(.text)' <<<"$line"
  assert_output "${line%\}},\"prompt\":\"\ud800\"}"
  run -0 gem-merge <<<"$line"
  assert_output "$line"
  run -0 --separate-stderr gem-merge -r <<<"$line"$'\n'"$line"
  assert_output $'\xef\xbf\xbd!\n\xef\xbf\xbd!'
  assert_equal "$stderr" 'gem-merge: results have half a surrogate pair in their text: it becomes U+FFFD'
}

@test "stdin and stdout that somebody has set non-blocking are waited for" {
  yes '{"id":1,"prompt":"p","response":"a response of some length","success":true}' | head -n 20000 >in
  for program in gem-split gem-merge; do
    perl -MFcntl -e 'fcntl(STDIN, F_SETFL, O_RDONLY | O_NONBLOCK); fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK);
      exec @ARGV' "$program" < <(head -n 10000 in; sleep 0.2; tail -n 10000 in) | { sleep 0.3; cat; } >out
    cmp out in
  done
}

@test "a closed stdout and a directory as stdin are status 2 with a reason" {
  for program in gem-split gem-merge; do
    run -2 --separate-stderr bash -c "$program <<<'{\"id\":1}' >&-"
    assert_regex "$stderr" "^$program: .*Bad file descriptor"
    run -2 --separate-stderr bash -c "$program </"
    assert_equal "$stderr" "$program: -: Is a directory"
  done
}

@test "numbers have points in every locale" {
  mkdir locale
  localedef -i de_DE -f UTF-8 locale/de_DE.UTF-8 2>/dev/null || skip 'no locale with commas can be made here'
  export LOCPATH=$PWD/locale LC_ALL=de_DE.UTF-8
  assert_equal "$(locale decimal_point)" ,
  run -0 gem-split --filter '.x /= 2' -t '\(.x) \(.x + 1)' <<<'{"id":1,"x":3}'
  assert_output '{"id":1,"x":1.5,"prompt":"1.5 2.5"}'
  run -0 gem-merge --filter '.x + 1.25' <<<'{"id":1,"x":3.25}'
  assert_output 4.5
}

@test "import is an error, and a broken ~/.jq is named" {
  run -2 --separate-stderr gem-split --filter 'import "x" as x; .' <<<'{}'
  assert_regex "$stderr" "^gem-split: option '--filter': "
  echo 'def f: ;' >.jq
  HOME=$PWD run -2 --separate-stderr gem-split --filter '.a + 1' <<<'{}'
  assert_regex "$stderr" 'in ~/.jq'
}

@test "no jq program of gem-merge sees a key" {
  export GEMINI_API_KEY=secret GOOGLE_API_KEY=secret OPENAI_API_KEY=secret OTHER=seen
  run -0 gem-merge --filter '[env.OTHER, $ENV.GEMINI_API_KEY, ([env[]] | join(" ") | contains("secret"))]' <<<'{}'
  assert_output '["seen",null,false]'
}

@test "a reader that leaves early has got whole records only" {
  yes '{"id":1,"text":"some text"}' | head -n 100000 >in
  run -0 bash -c 'gem-split in | head -n 3'
  assert_output $'{"id":1,"text":"some text"}\n{"id":1,"text":"some text"}\n{"id":1,"text":"some text"}'
}
