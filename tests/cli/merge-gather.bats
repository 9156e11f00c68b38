#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-merge --gather: pieces back into their documents, and never a silent hole.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

# piece N OF [DOC [EXTRA-MEMBERS]]: an answer to a piece, numbered as gem-call would
piece() {
  printf '{"id":"%s#%s","text":"t","split":{"n":%s,"of":%s,"doc":"%s","line":1},"response":"answer %s","success":true%s}\n' \
    "${3-d}" "$1" "$1" "$2" "${3-d}" "$1" "${4-}"
}

broken() {
  printf '{"id":"%s#%s","split":{"n":%s,"of":%s,"doc":"%s","line":1},"error":"HTTP status 503","success":false,"call":{"class":"overloaded"}}\n' \
    "${3-d}" "$1" "$1" "$2" "${3-d}"
}

# own TEXT N OF START END OVERLAP: a piece of a text
own() {
  printf '{"text":"%s","split":{"n":%s,"of":%s,"start":%s,"end":%s,"overlap":%s,"doc":7}}\n' "$@"
}

@test "the answers to a document's pieces are joined, whatever their order" {
  { piece 2 3; piece 0 3; piece 1 3; } >in
  run -0 gem-merge -g in
  assert_output '{"id":"d","response":"answer 0\nanswer 1\nanswer 2","success":true,"split":{"doc":"d","of":3}}'
}

@test "--gather is -g" {
  run -0 gem-merge --gather < <(piece 0 1)
  assert_output '{"id":"d","response":"answer 0","success":true,"split":{"doc":"d","of":1}}'
}

@test "--sep stands between the answers" {
  { piece 0 2; piece 1 2; } >in
  run -0 gem-merge -g --sep $' "/"\n' in
  assert_equal "$(jq -r .response <<<"$output")" $'answer 0 "/"\nanswer 1'
  run -0 gem-merge -g --sep '' in
  assert_equal "$(jq -r .response <<<"$output")" 'answer 0answer 1'
}

@test "the id keeps its JSON kind" {
  { own ab 0 1 0 2 0; own xy 0 1 0 2 0 | sed 's/"doc":7/"doc":"7"/'; } >in
  run -0 gem-merge -g --field text in
  assert_output '{"id":7,"text":"ab","success":true,"split":{"doc":7,"of":1}}
{"id":"7","text":"xy","success":true,"split":{"doc":"7","of":1}}'
}

@test "--field joins the pieces' own text without the overlaps" {
  { own 'ab\ncd' 0 3 0 5 0; own 'cd\u00e9"f' 1 3 3 9 2 | sed 's/"f"/\\"f"/'; own '\"fgh' 2 3 7 11 2; } >in
  run -0 gem-merge -g --field text in
  assert_equal "$(jq -r .text <<<"$output")" $'ab\ncdé"fgh'
  run -0 gem-merge -g --field text --sep '|' in
  assert_equal "$(jq -r .text <<<"$output")" $'ab\ncd|é"f|gh'
}

@test "-r writes the document itself" {
  { own 'one ' 0 2 0 4 0; own 'two' 1 2 4 7 0; } >in
  run -0 gem-merge -g --field text -r in
  assert_output 'one two'
  { piece 0 2; piece 1 2; } >in
  run -0 gem-merge -g -r in
  assert_output $'answer 0\nanswer 1'
}

@test "-t makes the next request of the document" {
  { piece 0 2; piece 1 2; } >in
  run -0 gem-merge -g -t 'Summarise: \(.response)' in
  assert_output '{"id":"d","split":{"doc":"d","of":2},"prompt":"Summarise: answer 0\nanswer 1"}'
}

@test "a document that was gathered before is no piece" {
  { piece 0 2; piece 1 2; } >in
  gem-merge -g in >once
  run -0 gem-merge -g once
  assert_output "$(cat once)"
}

@test "records that are no pieces pass unchanged" {
  { piece 0 2; echo '{"id": 5, "response":"x","success":true}'; piece 1 2; } >in
  run -0 gem-merge -g in
  assert_line --index 0 '{"id": 5, "response":"x","success":true}'
  assert_equal "${#lines[@]}" 2
}

@test "several documents come out in the order in which they are complete" {
  { piece 0 2 a; piece 0 2 b; piece 1 2 b; piece 1 2 a; } >in
  run -0 gem-merge -g in
  assert_equal "$(jq -r .id <<<"$output" | tr '\n' ' ')" 'b a '
}

@test "documents with a hole come last, in the order of their first pieces, in every run" {
  { piece 1 3 b; piece 1 2 a; piece 0 1 c; } >in
  for _ in 1 2; do
    run -1 --separate-stderr gem-merge -g in
    assert_equal "$(jq -r .id <<<"$output" | tr '\n' ' ')" 'c b a '
  done
}

@test "a document does not wait for the end of the input" {
  mkfifo pipe out
  gem-merge -g <pipe >out 3>&- 4>&- &
  exec 8>pipe 9<out
  { piece 0 2; piece 1 2; } >&8
  read -r -t 20 line <&9
  exec 8>&- 9<&-
  wait
  assert_equal "$(jq -r .id <<<"$line")" d
}

@test "documents of the same id on different lines of the input are two" {
  { piece 0 2; piece 1 2; piece 0 2; piece 1 2; } | sed '3,4s/"line":1/"line":2/' >in
  run -0 gem-merge -g in
  assert_equal "${#lines[@]}" 2
}

@test "documents of the same id on the same line of two files are two" {
  for split in train test; do
    echo "{\"id\":0,\"text\":\"words of $split\"}" >$split.ndjson
  done
  gem-split --chunk 6 train.ndjson test.ndjson >in
  run -0 --separate-stderr gem-merge -g --field text in
  assert_equal "$(jq -r .text <<<"$output")" $'words of train\nwords of test'
  assert_equal "$stderr" ''
}

@test "documents that a filter has made of one record are as many" {
  echo '{"id":"x","parts":["one two three","four five"]}' >in
  # shellcheck disable=SC2016 # jq
  gem-split --filter '.parts[] as $p | {id, text: $p}' --chunk 4 in >pieces
  run -0 --separate-stderr gem-merge -g --field text pieces
  assert_equal "$(jq -r .text <<<"$output")" $'one two three\nfour five'
}

@test "a piece that comes after its document was complete, of another number of pieces, is none of it" {
  { piece 0 2; piece 1 2; piece 0 3; } >in
  run -1 --separate-stderr gem-merge -g in
  assert_equal "${#lines[@]}" 1
  assert_regex "$stderr" 'disagree on how many'
}

@test "a missing piece is an error record that names it, and exit 1" {
  { piece 0 4; piece 2 4; } >in
  run -1 --separate-stderr gem-merge -g in
  assert_output '{"id":"d","error":"piece #1 of 4 is missing; piece #3 of 4 is missing","success":false,"split":{"doc":"d","of":4},"call":{"class":"invalid"}}'
}

@test "a failed piece is an error record with its reason" {
  { piece 0 2; broken 1 2; } >in
  run -1 gem-merge -g in
  assert_equal "$(jq -r .error <<<"$output")" 'piece #1 of 2 failed: HTTP status 503'
}

@test "of many bad pieces some are named and the rest counted" {
  piece 0 100 >in
  run -1 gem-merge -g in
  assert_equal "$(jq -r .error <<<"$output" | grep -o missing | wc -l)" 8
  assert_output --partial '; and 91 more'
}

@test "-r and -t name a document that is not whole on stderr and leave it out" {
  { piece 0 2; broken 1 2; } >in
  run -1 --separate-stderr gem-merge -g -r in
  assert_output ''
  assert_equal "$stderr" 'gem-merge: "d": invalid: piece #1 of 2 failed: HTTP status 503'
  run -1 --separate-stderr gem-merge -g -t '\(.response)' in
  assert_output ''
  assert_regex "$stderr" 'piece #1 of 2 failed'
}

@test "--ok gives the documents that are whole and nothing else" {
  { piece 0 2 a; broken 1 2 a; piece 0 1 b; } >in
  run -0 gem-merge -g --ok in
  assert_equal "$(jq -r .id <<<"$output")" b
}

@test "a piece that was called again counts by its success" {
  { broken 0 2; piece 1 2; piece 0 2; } >in
  run -0 gem-merge -g in
  assert_equal "$(jq -r .response <<<"$output")" $'answer 0\nanswer 1'
  { piece 0 2; broken 0 2; piece 1 2; } >in
  run -0 gem-merge -g in
}

@test "the last success of a piece counts" {
  { piece 0 2; piece 0 2 | sed 's/answer/newer/'; piece 1 2; } >in
  run -0 gem-merge -g in
  assert_equal "$(jq -r .response <<<"$output")" $'newer 0\nanswer 1'
}

@test "pieces that come after their document was complete are counted, and are no success" {
  { piece 0 2; piece 1 2; piece 1 2; } >in
  run -1 --separate-stderr gem-merge -g in
  assert_equal "${#lines[@]}" 1
  assert_regex "$stderr" '1 pieces? came after'
}

@test "pieces that do not fit together are an error, not a document" {
  { own 'abcd' 0 2 0 4 0; own 'efgh' 1 2 5 9 0; } >in
  run -1 gem-merge -g --field text in
  assert_equal "$(jq -r .error <<<"$output")" 'piece #1 of 2 does not begin where the one before it ends'
}

@test "a range at the end of what a number can hold does not fit either" {
  max=9223372036854775807
  own 'a' 0 1 $max 1 $max | sed 's/}$/,"response":"x"}/' >in
  run -1 gem-merge -g in
  assert_equal "$(jq -r .error <<<"$output")" 'piece #0 of 1 does not begin where the one before it ends'
}

@test "a text that was changed is an error, since the document cannot come back" {
  { own 'abcd' 0 2 0 4 0; own 'dXefgh' 1 2 3 8 1; } >in
  run -1 gem-merge -g --field text in
  assert_equal "$(jq -r .error <<<"$output")" 'piece #1 of 2 failed: its text is not the one that split tells of'
  { own 'ab\u00e9' 0 2 0 4 0; own '\u00e9fg' 1 2 3 7 1; } >in
  run -1 gem-merge -g --field text in
}

@test "a piece without the field is an error" {
  { piece 0 2; piece 1 2; } >in
  run -1 gem-merge -g --field body in
  assert_output --partial 'piece #0 of 2 failed: absent where its text should be'
}

@test "pieces that disagree on how many there are leave no hole" {
  { piece 0 3; piece 1 2; piece 2 3; } >in
  run -1 --separate-stderr gem-merge -g in
  assert_equal "$(jq -r .error <<<"$output")" 'piece #1 of 3 is missing'
  assert_regex "$stderr" 'disagree'
  { piece 5 6 | sed 's/"of":6,//'; piece 0 2; piece 1 2; } >in
  run -1 --separate-stderr gem-merge -g in
  assert_regex "$stderr" 'disagree'
  assert_equal "$(jq -r .success <<<"$output")" false
}

@test "the last piece may say how many there are" {
  { piece 0 2; piece 1 2; } | sed '1s/"of":2,//; 2s/"of":2/"last":true/' >in
  run -0 gem-merge -g in
  assert_equal "$(jq -c '[.response, .split.of]' <<<"$output")" '["answer 0\nanswer 1",2]'
}

@test "a --sep or --field that is not UTF-8 is exit 2, since no record could hold it" {
  run -2 gem-merge -g --sep $'\xff' nowhere
  assert_output "gem-merge: option '--sep': the text is not UTF-8"
  run -2 gem-merge -g --field $'\xff' nowhere
  assert_output "gem-merge: option '--field': the text is not UTF-8"
}

@test "--field of a member that the document's record has of its own is exit 2" {
  for name in id success error split call; do
    run -2 gem-merge -g --field $name nowhere
    assert_output "gem-merge: option '--field': the document's record has a member of that name"
  done
}

@test "a split that makes no sense is named" {
  { piece 3 2; echo '{"id":1,"split":{"n":0,"of":1},"response":"x","success":true}'; } >in
  run -1 --separate-stderr gem-merge -g in
  assert_output ''
  assert_regex "$stderr" '"d#3": split names no piece'
  assert_regex "$stderr" '1: split names no document'
}
