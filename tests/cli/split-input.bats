#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# gem-split: what it reads, what it rejects, and that the rest goes on.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

# rejects INPUT MESSAGE: printf's INPUT is rejected at -:MESSAGE, and a good record behind it is not.
rejects() {
  # shellcheck disable=SC2059 # its escapes make the bytes
  printf "$1\n"'{"id":"good"}\n' >in
  run -1 --separate-stderr gem-split <in
  assert_output '{"id":"good"}'
  # in the first line the column is the byte of the file
  [[ $2 =~ ^1:([0-9]+): ]] && byte=" (byte ${BASH_REMATCH[1]})" || byte=
  assert_equal "${stderr_lines[0]%; *}" "gem-split: -:$2$byte"
  assert_equal "${stderr_lines[1]}" 'gem-split: 2 in = 1 used + 0 dropped + 1 rejected + 0 blank; 1 out'
}

@test "empty input gives no output and no message" {
  for options in '' -R -0 --csv --tsv; do
    # shellcheck disable=SC2086 # '' is no option
    run -0 --separate-stderr gem-split $options </dev/null
    assert_equal "$output$stderr" ''
  done
}

@test "blank lines are passed over and counted" {
  printf '\n  \n{"id":1}\n\t\n' >in
  run -0 --separate-stderr gem-split -v in
  assert_output '{"id":1}'
  assert_equal "$stderr" 'gem-split: 4 in = 1 used + 0 dropped + 0 rejected + 3 blank; 1 out'
}

@test "an empty line is blank with --raw-input too" {
  run -0 --separate-stderr gem-split --raw-input --verbose < <(printf 'a\n\nb\n')
  assert_output "$(printf '{"id":"-:1","text":"a"}\n{"id":"-:3","text":"b"}')"
  assert_equal "$stderr" 'gem-split: 3 in = 2 used + 0 dropped + 0 rejected + 1 blank; 2 out'
}

@test "without an error and without -v nothing is said" {
  run -0 --separate-stderr gem-split <<<'{"id":1}'
  assert_equal "$stderr" ''
}

@test "a last line without a newline is a record, and the output ends with one" {
  printf '{"id":1}' | gem-split >out
  assert_equal "$(od -An -c out | tr -d ' \n')" '{"id":1}\n'
}

@test "CR LF ends a line as LF does" {
  printf '{"id":1}\r\n{"id":2}\r\n' | gem-split >out
  printf '{"id":1}\n{"id":2}\n' | cmp - out
  assert_equal "$(printf 'a\r\nb\r\n' | gem-split -R | jq -c .text)" "$(printf '"a"\n"b"')"
}

@test "a byte order mark at the start is dropped" {
  run -0 gem-split < <(printf '\357\273\277{"id":1}\n')
  assert_output '{"id":1}'
}

@test "fields pass through byte for byte" {
  run -0 gem-split <<<' { "b":1.0, "id" : 7,"big":12345678901234567890,"e":[1E400, -0],"é":"\u00e9\u0000" } '
  assert_output '{ "b":1.0, "id" : 7,"big":12345678901234567890,"e":[1E400, -0],"é":"\u00e9\u0000" }'
}

@test "a record cut short is rejected where it ends" {
  printf '{"id":1}\n{"a":2' >in
  run -1 --separate-stderr gem-split in
  assert_output '{"id":1}'
  assert_equal "${stderr_lines[0]}" 'gem-split: in:2:7: unexpected end of the record (a record is one line) (byte 16)'
}

@test "two records on a line, trailing commas, single quotes, comments are rejected" {
  rejects '{"a":1}{"b":2}' '1:8: text after the value'
  rejects '{"a":1,}' "1:8: expected a name in double quotes"
  rejects '[1,]' '1:4: not a JSON value'
  rejects "{'a':1}" '1:2: expected a name in double quotes'
  rejects '{"a":1} // x' '1:9: text after the value'
}

@test "numbers that are none are rejected" {
  for number in +1 .5 NaN Infinity; do
    rejects "{\"a\":$number}" '1:6: not a JSON value'
  done
  rejects '{"a":01}' '1:6: a number with a leading zero'
  rejects '{"a":1.}' '1:8: a decimal point without digits behind it'
  rejects '{"a":0x10}' "1:7: expected ',' or '}'"
}

@test "control characters in a string and NULs between values are rejected" {
  rejects '{"a":"x\001"}' '1:8: unescaped control character in a string'
  rejects '{"a":"x\ty"}' '1:8: unescaped control character in a string'
  rejects '{"a":"\000"}' '1:7: unescaped control character in a string'
  rejects '{"a":1}\000' '1:8: text after the value'
}

@test "invalid UTF-8 is rejected with its place, never replaced" {
  rejects '{"a":"x\377"}' '1:8: invalid UTF-8'
  rejects '{"a":"\300\200"}' '1:7: invalid UTF-8'
  rejects '{"a":"\355\240\200"}' '1:7: invalid UTF-8'
  rejects '{"a":"\364\220\200\200"}' '1:7: invalid UTF-8'
  rejects '{"a":"\346\227"}' '1:7: invalid UTF-8'
}

@test "invalid UTF-8 in raw input is rejected with its place" {
  printf 'ok\nab\377c\nfine\n' >in
  run -1 --separate-stderr gem-split -R in
  assert_equal "$(jq -r .text <<<"$output" | paste -sd,)" 'ok,fine'
  assert_equal "${stderr_lines[0]}" 'gem-split: in:2:3: invalid UTF-8 (byte 6)'
}

@test "invalid UTF-8 in a whole file is rejected with its line and byte" {
  printf 'l1\nl2 \377' >bad
  echo good >good
  run -1 --separate-stderr gem-split -w bad good
  assert_output '{"id":"good","file":"good","text":"good\n"}'
  assert_equal "${stderr_lines[0]}" 'gem-split: bad:2:4: invalid UTF-8 (byte 7)'
}

@test "what looks like text, or like UTF-16, is told how to be read" {
  for line in '2026-11-28 12:00:01 up' '  GNU GENERAL PUBLIC LICENSE' 'one of them'; do
    run -1 --separate-stderr gem-split <<<"$line"
    assert_regex "${stderr_lines[0]}" '; text\? gem-split makes records of its lines with -R, of whole files with -w, of rows with --csv$'
  done
  rejects '{"a":tru}' '1:6: not a JSON value'
  printf 'hi' | iconv -t UTF-16 >wide
  printf 'page\377' >page
  run -1 --separate-stderr gem-split -w wide page
  assert_equal "${stderr_lines[0]}" 'gem-split: wide:1:1: invalid UTF-8 (byte 1); this looks like UTF-16: iconv -f UTF-16 -t UTF-8 mends it'
  assert_equal "${stderr_lines[1]}" 'gem-split: page:1:5: invalid UTF-8 (byte 5)'
}

@test "what is neither an object nor a string is rejected as not an object" {
  rejects '[1]' '1: not an object: an array'
  rejects '5' '1: not an object: a number'
  rejects 'null' '1: not an object: null'
}

@test "a JSON string is a prompt" {
  run -0 gem-split <<<'"say \"hi\""'
  assert_output '{"id":"-:1","prompt":"say \"hi\""}'
}

@test "a message never quotes the data" {
  run -1 --separate-stderr gem-split -t '\(.a.b)' --filter '.x|tonumber|{}' <<<'{"x":"secret"}'
  refute [ -n "$output" ]
  [[ "$stderr" != *secret* ]]
}

@test "a field that stands twice is told of once" {
  run -0 --separate-stderr gem-split < <(printf '{"id":1,"id":2}\n{"id":1,"id":2}\n')
  assert_equal "$stderr" 'gem-split: records have a field more than once: the last one counts'
}

@test "--null reads text up to each NUL" {
  run -0 gem-split --null < <(printf 'a\nb\0c\0')
  assert_output "$(printf '{"id":"-:1","text":"a\\nb"}\n{"id":"-:2","text":"c"}')"
}

@test "--whole makes a record of each file, an empty one too" {
  printf 'a "b"\nc' >one
  : >two
  run -0 gem-split --whole one two
  assert_output "$(printf '%s\n' '{"id":"one","file":"one","text":"a \"b\"\nc"}' '{"id":"two","file":"two","text":""}')"
}

@test "--whole reads standard input, and a FIFO to its end" {
  mkfifo pipe
  (printf a; sleep 0.1; printf b) >pipe 3>&- 4>&- &
  run -0 gem-split -w pipe - <<<text
  assert_output "$(printf '%s\n' '{"id":"pipe","file":"pipe","text":"ab"}' '{"id":"-","file":"-","text":"text\n"}')"
}

@test "an unreadable file is named, the rest goes on, and the status is 2" {
  echo '{"id":1}' >a
  echo '{"id":2}' >b
  mkdir dir
  run -2 --separate-stderr gem-split a missing dir b
  assert_output "$(printf '{"id":1}\n{"id":2}')"
  assert_equal "$stderr" "$(printf 'gem-split: missing: No such file or directory\ngem-split: dir: Is a directory')"
}

@test "--files-from names files one a line" {
  echo A >a
  echo B >'b c'
  printf 'a\nb c\n' >names
  run -0 gem-split -w --files-from names
  assert_equal "$(jq -r .id <<<"$output" | paste -sd,)" 'a,b c'
}

@test "--files-from - with -0 takes any name that find gives" {
  mkdir src
  echo x >'src/a
b'
  run -0 bash -c 'find src -type f -print0 | gem-split -w -0 --files-from -'
  assert_output '{"id":"src/a\nb","file":"src/a\nb","text":"x\n"}'
}

@test "a file whose name is not UTF-8 is rejected where its name is needed" {
  name=$(printf 'n\377')
  echo '{"id":1}' >"$name"
  echo '{}' >>"$name"
  run -1 --separate-stderr gem-split -w "$name"
  assert_output ''
  run -1 --separate-stderr gem-split "$name"
  assert_output '{"id":1}'
}

@test "an empty --files-from reads nothing, standard input neither" {
  : >names
  run -0 gem-split --files-from names <<<'{"id":1}'
  assert_output ''
}

@test "a --files-from that cannot be read is status 2" {
  run -2 gem-split --files-from missing
  assert_output 'gem-split: missing: No such file or directory'
}

@test "--csv makes objects of rows, with quoted newlines and quotes" {
  printf 'id,"the name"\r\n1,"a, ""b""\r\nc"\r\n2,\r\n' >t.csv
  run -0 gem-split --csv t.csv
  assert_output "$(printf '%s\n' '{"id":"1","the name":"a, \"b\"\r\nc"}' '{"id":"2","the name":""}')"
}

@test "a ragged row is rejected with its line, rows behind a quoted newline keep theirs" {
  printf 'a,b\n1,"x\ny"\n2\n3,4\n' >t.csv
  run -1 --separate-stderr gem-split --csv t.csv
  assert_equal "$(jq -r .id <<<"$output" | paste -sd,)" 't.csv:2,t.csv:5'
  assert_equal "${stderr_lines[0]}" 'gem-split: t.csv:4: a row of 1 fields under a header of 2; the columns are a,b'
}

@test "a stray quote in a field costs no other row" {
  run -0 gem-split --csv < <(printf 'a,b\n5" pipe,1\nx,2\n')
  assert_equal "$(jq -r .a <<<"$output" | paste -sd,)" '5" pipe,x'
}

@test "a byte order mark before a quoted name is no part of it" {
  run -0 gem-split --csv < <(printf '\357\273\277"a\nb",c\n1,2\n')
  assert_output '{"id":"-:3","a\nb":"1","c":"2"}'
}

@test "a header with a name twice rejects all rows of its file and no other" {
  printf 'a,a\n1,2\n3,4\n' >bad.csv
  printf 'a,b\n1,2\n' >good.csv
  run -1 --separate-stderr gem-split --csv bad.csv good.csv
  assert_output '{"id":"good.csv:2","a":"1","b":"2"}'
  assert_equal "$stderr" "$(printf '%s\n' \
    'gem-split: bad.csv:1: header: column 2 has the name of column 1: no row of the file is read' \
    'gem-split: 4 in = 1 used + 0 dropped + 3 rejected + 0 blank; 1 out')"
}

@test "--tsv separates by tabs and leaves commas alone" {
  run -0 gem-split --tsv < <(printf 'a\tb\n1,2\t"x\ty"\n')
  assert_output '{"id":"-:2","a":"1,2","b":"x\ty"}'
}

@test "kinds of input exclude each other" {
  run -2 gem-split -R --csv
  assert_output 'gem-split: one of --raw-input (--null), --whole, --csv and --tsv'
  run -2 gem-split -w -0
  run -2 gem-split --csv --tsv
  run -2 gem-split --files-from names operand
}

@test "a record comes out before the next one is there" {
  mkfifo pipe
  gem-split -R <pipe >out 3>&- 4>&- &
  exec 5>pipe
  echo one >&5
  for _ in $(seq 100); do
    [ -s out ] && break
    sleep 0.05
  done
  assert_equal "$(cat out)" '{"id":"-:1","text":"one"}'
  exec 5>&-
  wait
}

@test "a reader that goes away ends it silently by SIGPIPE" {
  run bash -c '(yes text | gem-split -R; echo "${PIPESTATUS[1]}" >status) | head -n 1; cat status'
  assert_output "$(printf '{"id":"-:1","text":"text"}\n141')"
}

@test "a full disk is status 2" {
  run -2 --separate-stderr bash -c 'seq 3 | gem-split -R >/dev/full'
  assert_equal "$stderr" 'gem-split: output: No space left on device'
}

@test "tables whose rows end with a carriage return, and names that end with a NUL, are told" {
  printf 'a,b\r1,2\r3,4\r' >old.csv
  run -1 gem-split --csv old.csv
  assert_output --partial "old.csv:1: header: a carriage return inside the row: no row of the file is read; lines that end with a carriage return? tr '\\r' '\\n' mends them"
  printf 'old.csv\0other\n' >names
  run -2 gem-split --files-from names
  assert_output 'gem-split: names: a name in it has a NUL: is --null missing?'
}

@test "a row of empty fields is a row, in CSV and in TSV" {
  run -0 gem-split --csv < <(printf 'a,b\n,\n\n')
  assert_output '{"id":"-:2","a":"","b":""}'
  run -0 gem-split --tsv < <(printf 'a\tb\n\t\n\n')
  assert_output '{"id":"-:2","a":"","b":""}'
}

@test "a NUL is no text, and UTF-16 is told by what it looks like" {
  run -1 --separate-stderr gem-split -R < <(printf 'good\nb\0ad\nfine\n')
  assert_equal "$(jq -r .text <<<"$output")" $'good\nfine'
  assert_regex "$stderr" '2:2: a NUL byte: no text'
  run -1 --separate-stderr gem-split -R < <(printf 'abc\ndef\n' | iconv -t UTF-16LE)
  assert_equal "$output" ''
  assert_regex "$stderr" 'iconv -f UTF-16 -t UTF-8'
  run -1 --separate-stderr gem-split --csv < <(printf 'ab\ncd\n' | iconv -t UTF-16LE)
  assert_equal "$output" ''
  assert_regex "$stderr" 'a NUL byte: no text at byte 2 of the row.*iconv -f UTF-16 -t UTF-8'
}

@test "a table that does not fit is told its columns" {
  printf 'nimi;hinta\nA;1,5\n' >semicolons.csv
  run -1 gem-split --csv semicolons.csv
  assert_line --partial 'a row of 2 fields under a header of 1; the columns are nimi;hinta'
  run -1 gem-split --csv -t '\(.title)' < <(printf 'sku,name\n1,a\n')
  assert_line --partial "'.title': missing or null; the columns are sku,name"
  run -1 gem-split --csv < <(printf ',name\n0,a\n')
  assert_line --partial 'column 1 has no name (of pandas: to_csv(index=False))'
}

@test "a line end of two bytes is no fault" {
  run -1 gem-split --csv -t '\(.titel)' < <(printf 'sku,title\r\n2,"x\r\ny"\r\n')
  refute_output --partial 'carriage return'
}
