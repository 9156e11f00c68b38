#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-split --chunk: pieces, and that together they are the text.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

# joined: the pieces on stdin without their overlaps, byte for byte.
joined() {
  jq -j '.split.overlap as $o | .text | @base64 | [., $o] | @tsv, "\n"' |
    while IFS=$'\t' read -r text overlap; do
      base64 -d <<<"$text" | tail -c "+$((overlap + 1))"
    done
}

@test "a piece is the record with its text, an id and its place" {
  run -0 gem-split --chunk 9 <<<'{"id":"d","a":1.0,"text":"one two. three","z":[ ]}'
  assert_output "$(printf '%s\n' \
    '{"id":"d#0","a":1.0,"text":"one two. ","z":[ ],"split":{"n":0,"of":2,"start":0,"end":9,"overlap":0,"doc":"d","line":1}}' \
    '{"id":"d#1","a":1.0,"text":"three","z":[ ],"split":{"n":1,"of":2,"start":9,"end":14,"overlap":0,"doc":"d","line":1}}')"
}

@test "the pieces of a record with a number for an id name it as it came" {
  run -0 gem-split --chunk 2 < <(printf '\n{"id":1.0,"text":"abc"}\n')
  assert_equal "$(jq -r .id <<<"$output" | paste -sd,)" '1.0#0,1.0#1'
  assert_output --partial '"doc":1.0,"line":2}'
}

@test "a text that fits, and an empty one, is one piece" {
  run -0 gem-split -w --chunk 100 <<<abc
  assert_output '{"id":"-#0","file":"-","text":"abc\n","split":{"n":0,"of":1,"start":0,"end":4,"overlap":0,"doc":"-","line":1}}'
  run -0 gem-split -w --chunk 100 </dev/null
  assert_output '{"id":"-#0","file":"-","text":"","split":{"n":0,"of":1,"start":0,"end":0,"overlap":0,"doc":"-","line":1}}'
}

@test "a piece ends at a paragraph before a line before a sentence before a space" {
  pieces() { gem-split -w --chunk "$1" | jq -r '.text | @json' | paste -sd' '; }
  assert_equal "$(printf 'aa aa\n\nbb\nc. c' | pieces 11)" '"aa aa\n\n" "bb\nc. c"'
  assert_equal "$(printf 'aa aa.\nbb. cc d' | pieces 12)" '"aa aa.\n" "bb. cc d"'
  assert_equal "$(printf 'aa aa. bb cc' | pieces 11)" '"aa aa. " "bb cc"'
  assert_equal "$(printf 'aa bb ccdd' | pieces 8)" '"aa bb " "ccdd"'
  assert_equal "$(printf 'aabbccdd' | pieces 5)" '"aabbc" "cdd"'
}

@test "sizes and overlaps are characters, offsets are bytes" {
  run -0 gem-split -R --chunk 4 --overlap 1 <<<'日本語テキスト'
  assert_equal "$(jq -r .text <<<"$output" | paste -sd' ')" '日本語テ テキスト'
  assert_equal "$(jq -c '.split | [.start, .end, .overlap]' <<<"$output" | paste -sd' ')" '[0,12,0] [9,21,3]'
}

@test "K and M are suffixes of a size" {
  run -0 gem-split -w --chunk 1K < <(printf '%2048s' '')
  assert_equal "$(jq '.text | length' <<<"$output" | paste -sd,)" '1024,1024'
}

@test "emoji families, flags, accents, Hangul and CR LF stay whole in the smallest pieces" {
  text=$'a👨‍👩‍👧🇩🇪🇫🇮e\xcc\x81\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\r\nb'
  printf %s "$text" | gem-split -w --chunk 1 >out
  assert_equal "$(jq -r '.text | @json' out | paste -sd' ')" \
    "$(printf '"a" "👨‍👩‍👧" "🇩🇪" "🇫🇮" "e\xcc\x81" "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab" "\\r\\n" "b"')"
}

@test "escaped text is cut as the text that it stands for" {
  run -0 gem-split --chunk 3 <<<'{"text":"\ud83d\ude00a\u00e9\"\u0000\n"}'
  assert_equal "$(jq -c .text <<<"$output" | paste -sd' ')" '"😀aé" "\"\u0000\n"'
}

@test "half a surrogate pair becomes U+FFFD in a piece, told of once" {
  run -0 --separate-stderr gem-split --chunk 9 < <(printf '{"text":"a\\ud800"}\n{"text":"\\udc00"}\n')
  assert_equal "$(jq -r .text <<<"$output" | paste -sd' ')" $'a\xef\xbf\xbd \xef\xbf\xbd'
  assert_equal "$stderr" 'gem-split: records have half a surrogate pair in their text: it becomes U+FFFD'
  run -0 --separate-stderr gem-split <<<'{"id":1,"text":"a\ud800"}'
  assert_equal "$output$stderr" '{"id":1,"text":"a\ud800"}'
}

@test "pieces without their overlaps are the text, byte for byte" {
  {
    cat /usr/share/common-licenses/GPL-2
    printf 'кириллица 日本語。テキスト! 👩‍🚀🇫🇷 e\xcc\x81\r\n\r\n  \t \n\f"\\'
  } >book
  for size in 1000 77; do
    gem-split -w --chunk "$size" --overlap 13 book >pieces
    joined <pieces | cmp - book
    run -0 jq -e -s --argjson size "$size" 'length > 10 and all(.[]; .text | length <= $size)' pieces
  done
}

@test "--field names another field to cut" {
  run -0 gem-split --field body --chunk 2 <<<'{"id":1,"body":"abc","text":"stays"}'
  assert_equal "$(jq -c '[.body, .text]' <<<"$output" | paste -sd' ')" '["ab","stays"] ["c","stays"]'
}

@test "a field to cut that is missing or no string rejects the record" {
  run -1 --separate-stderr gem-split --chunk 5 < <(printf '{"id":1}\n{"id":2,"text":5}\n{"id":3,"text":"t"}\n')
  assert_equal "$(jq -r .id <<<"$output")" '3#0'
  assert_equal "${stderr_lines[0]}" "gem-split: -:1: 'text': absent, where a string for --chunk (see --field) is needed"
  assert_equal "${stderr_lines[1]}" "gem-split: -:2: 'text': a number, where a string for --chunk (see --field) is needed"
}

@test "the template sees the piece" {
  run -0 gem-split --chunk 2 -t '\(.split.n + 1)/\(.split.of) \(.id): \(.text)' <<<'{"id":1,"text":"abc"}'
  assert_equal "$(jq -r .prompt <<<"$output" | paste -sd,)" '1/2 1#0: ab,2/2 1#1: c'
}

@test "a record whose second piece fails gives none" {
  run -1 --separate-stderr gem-split --chunk 2 -t '\(.text | select(. == "ab"))' < <(printf '{"text":"abc"}\n{"text":"ab"}\n')
  assert_equal "$(jq -r .id <<<"$output")" '-:2#0'
}

@test "cutting a piece again replaces its place, told of once" {
  run -0 --separate-stderr bash -c "gem-split -R --chunk 4 <<<abcdef | gem-split --chunk 2"
  assert_equal "$(jq -r .id <<<"$output" | paste -sd' ')" '-:1#0#0 -:1#0#1 -:1#1#0'
  assert_equal "$(jq -r .split.doc <<<"$output" | paste -sd' ')" '-:1#0 -:1#0 -:1#1'
  assert_equal "$stderr" 'gem-split: records have a split already: replaced'
}

@test "an overlap that is not less than the piece, and other wrong sizes, are status 2" {
  run -2 gem-split --chunk 5 --overlap 5
  assert_output "gem-split: option '--overlap' must be less than --chunk"
  run -2 gem-split --overlap 5
  run -2 gem-split --field body
  run -2 gem-split --chunk 0
  run -2 gem-split --chunk many
  run -2 gem-split --chunk 5 --field id
}
