#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What gem-split and gem-merge do with records that they cannot take: keep, name, count, hint.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

@test "--rejects keeps the bytes of rejected lines, so that they can be mended and read again" {
  printf '{"id":1}\n{"id":2\r\n\n{"id":3}\n\377\n{"id":4' >in
  run -1 --separate-stderr gem-split --rejects bad in
  assert_output $'{"id":1}\n{"id":3}'
  cmp bad <(printf '{"id":2\r\n\377\n{"id":4\n')
  run -1 --separate-stderr gem-merge --rejects bad in
  assert_output $'{"id":1}\n{"id":3}'
  cmp bad <(printf '{"id":2\r\n\377\n{"id":4\n')
}

@test "--rejects keeps what a filter or a template cannot take" {
  printf '{"a":1}\n{"a":"x"}\n' >in
  run -1 --separate-stderr gem-split --filter '.a += 1' --rejects bad in
  assert_equal "$(cat bad)" '{"a":"x"}'
  run -1 --separate-stderr gem-split -t '\(.b)' --rejects bad in
  cmp bad in
  run -1 --separate-stderr gem-merge --filter '.a += 1' --rejects bad in
  assert_equal "$(cat bad)" '{"a":"x"}'
}

@test "--rejects keeps records up to NUL with their NUL, rows of CSV as they stand, and names of whole files" {
  printf 'good\0b\377d\0' >in
  run -1 --separate-stderr gem-split -0 --rejects bad in
  cmp bad <(printf 'b\377d\0')
  printf 'a,b\n1,2\n1,"x\ny",3\n' >table.csv
  run -1 --separate-stderr gem-split --csv --rejects bad table.csv
  assert_equal "$(cat bad)" $'a,b\n1,"x\ny",3'
  run -1 --separate-stderr gem-split -w --rejects bad in table.csv
  assert_equal "$(cat bad)" in
}

@test "a FILE for --rejects that cannot be written is trouble before anything is read" {
  for program in gem-split gem-merge; do
    run -2 --separate-stderr "$program" --rejects /nowhere/bad <<<'{"id":1}'
    assert_output ''
    assert_equal "$stderr" "$program: option '--rejects': /nowhere/bad: No such file or directory"
    run -2 --separate-stderr "$program" --rejects /dev/full <<<'{"id":1'
    assert_regex "$stderr" '/dev/full: No space left on device'
  done
}

@test "a record longer than --max-record is rejected, and the rest goes on" {
  { echo '{"id":1}'; printf '{"id":2,"x":"%s"}\n' "$(head -c 3000 /dev/zero | tr '\0' x)"; echo '{"id":3}'; } >in
  for program in gem-split gem-merge; do
    run -1 --separate-stderr "$program" --max-record 2000 in
    assert_output $'{"id":1}\n{"id":3}'
    assert_equal "${stderr_lines[0]}" "$program: in:2: longer than --max-record: it is passed over, and not kept"
    run -0 "$program" --max-record 4000 in
    run -0 "$program" --max-record 0 in
    assert_equal "${#lines[@]}" 3
  done
}

@test "a record may have 64 MiB without --max-record, and any length with 0" {
  { printf '{"id":1,"text":"'; head -c 67108846 /dev/zero | tr '\0' x; echo '"}'; } >in
  sed 's/x/xx/' in >longer
  for program in gem-split gem-merge; do
    $program in | cmp - in
    run -1 --separate-stderr "$program" longer
    assert_output ''
    assert_equal "${stderr_lines[0]}" "$program: longer:1: longer than --max-record: it is passed over, and not kept"
    $program --max-record 0 longer | cmp - longer
  done
}

@test "the first ten rejected records are named, -v names all, and all are counted" {
  yes ,onsense | head -n 1000 >in
  for program in gem-split gem-merge; do
    run -1 --separate-stderr "$program" in
    assert_equal "${#stderr_lines[@]}" 11
    assert_equal "${stderr_lines[9]}" "$program: in:10:1: not a JSON value (byte 82)"
    assert_regex "${stderr_lines[10]}" '1000 in = 0 used \+ 0 dropped \+ 1000 rejected \+ 0 blank; 990 of those rejected are not named'
    run -1 --separate-stderr "$program" -v in
    assert_equal "${#stderr_lines[@]}" 1001
  done
}

# hints FILE MESSAGE: both programs name the file's first bad record so, and no other with that hint
hints() {
  for program in gem-split gem-merge; do
    run -1 --separate-stderr "$program" "$1"
    assert_equal "$(grep -cF "$2" <<<"$stderr")" 1
  done
}

@test "UTF-16 is named as what it is, once" {
  printf '{"id":1}\n{"id":2}\n{"id":3}\n' | iconv -f UTF-8 -t UTF-16 >in
  hints in 'this looks like UTF-16: iconv -f UTF-16 -t UTF-8 mends it'
  printf '{"id":1}\n{"id":2}\n{"id":3}\n' | iconv -f UTF-8 -t UTF-16LE >in
  hints in 'this looks like UTF-16'
}

@test "a byte order mark in the middle, lines that end with CR, RS framing and JSON over lines get a hint" {
  printf '\357\273\277{"id":1}\n\357\273\277{"id":2}\n' >in
  hints in 'a byte order mark in the middle'
  run -1 --separate-stderr gem-split in
  assert_output '{"id":1}'
  printf '{"id":1}\r{"id":2}\r' >in
  hints in 'carriage return'
  printf '\036{"id":1}\n\036{"id":2}\n' >in
  hints in 'RFC 7464'
  printf '{\n "id": 1\n}\n' >in
  hints in 'jq -c . puts each value'
  printf '[\n {"id": 1}\n]\n' >in
  hints in "jq -c '.[]' puts each item"
  echo '[{"id":1}]' >in
  hints in "jq -c '.[]' puts each of its items on a line"
  printf '\357\273\277sku;name\n' >in
  hints in 'of rows with --csv'
}

@test "rows of one header are kept, and a file with another one is named" {
  printf 'x,y\n1,2,3\n' >one.csv
  printf 'y,x\n4,5,6\n' >two.csv
  run -1 gem-split --csv --rejects r one.csv two.csv
  assert_line "gem-split: file 'two.csv': its columns are others, and rejected rows of one header alone are kept: read it by itself"
  assert_equal "$(cat r)" $'x,y\n1,2,3'
}

@test "names of whole files are kept as the list has them" {
  mkdir whole
  for name in a $'b\nc'; do printf '\377' >"whole/$name"; done
  find whole -type f -print0 | sort -z >list
  run -1 gem-split -w -0 --files-from list --rejects r
  cmp list r
}

@test "a record is rejected wherever it stands with the byte that cmp(1) would name" {
  printf '\357\273\277{"id":1}\r\n{"id":2}\n{"id":"\t"}\n' >in
  run -1 --separate-stderr gem-split in
  assert_regex "${stderr_lines[0]}" 'in:3:8: unescaped control character in a string \(byte 30\)'
}

@test "rejected records are kept whatever becomes of the output, and however the program ends" {
  for program in gem-split gem-merge; do
    run -2 sh -c "(echo bad; echo '{\"id\":1}') | $program --rejects r >/dev/full"
    assert_equal "$(cat r)" bad
    rm -f fifo out
    mkfifo fifo
    "$program" --rejects r <fifo >out 3>&- &
    exec 7>fifo
    printf 'bad\n{"id":1}\n' >&7
    for _ in $(seq 100); do
      [ -s out ] && break
      sleep 0.05
    done
    kill $!
    wait $! || true
    exec 7>&-
    assert_equal "$(cat r)" bad
  done
}

@test "rejects and records do not go into one file, over each other" {
  printf '{"id":1}\nbad\n{"id":2}\n' >in
  for program in gem-split gem-merge; do
    echo before >out
    run -2 sh -c "$program --rejects out in >>out"
    assert_output "$program: option '--rejects': out: it is standard output too"
    assert_equal "$(cat out)" before
    run -1 sh -c "$program --rejects /dev/null in >/dev/null"
  done
}

@test "a file that is read as input is neither emptied by --rejects nor read for ever" {
  export GEMINI_API_KEY=k
  printf '{"id":1,"prompt":"x"}\nbad\n' >in
  cp in before
  for program in gem-split gem-merge gem-call; do
    run -2 sh -c "$program in >>in"
    assert_output --partial 'standard output is a file that is read as input too'
    run -2 sh -c "$program <in >>in"
    cmp in before
  done
  for program in gem-split gem-merge; do
    run -2 "$program" --rejects in - in </dev/null
    assert_output --partial "'--rejects': in: it is read as input too"
    run -2 sh -c "$program --rejects in <in"
    cmp in before
  done
}

@test "the list of --files-from is not emptied by --rejects, nor written to" {
  echo in >list
  echo '{"id":1}' >in
  for files_from in list -; do
    run -2 sh -c "gem-split --files-from $files_from --rejects list <list"
    assert_output "gem-split: option '--rejects': list: it is read as input too, and would be emptied"
    run -2 sh -c "gem-split --files-from $files_from <list >>list"
    assert_output 'gem-split: standard output is a file that is read as input too'
  done
  assert_equal "$(cat list)" in
}

@test "a record on which a filter fails half way is rejected as a whole, and ten of many are named" {
  for n in $(seq 15); do echo "{\"id\":$n,\"success\":true}"; done >in
  run -1 --separate-stderr gem-merge --filter '., error("no")' --rejects r in
  assert_equal "$output" ''
  cmp r in
  assert_equal "$(grep -c 'no$' <<<"$stderr")" 10
  assert_regex "$stderr" '15 in = 0 used \+ 0 dropped \+ 15 rejected \+ 0 blank; 5 of those rejected are not named'
  run -1 gem-merge --filter '., 1' -t '\(.id)' in
  refute_output --partial prompt
}

@test "rejected rows of a table have its header before them, once, so that they can be read again" {
  printf 'id,title\n1,a\n2,caf\xe9\n3,th\xe9\n' >table
  run -1 gem-split --csv --rejects bad table
  iconv -f latin1 -t utf8 bad >mended
  run -0 gem-split --csv mended
  assert_equal "$(jq -r '"\(.id) \(.title)"' <<<"$output")" $'2 café\n3 thé'
}
