#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The programs together: split | call | merge on real text, and what the documents promise.

setup() {
  load helper
  cd "$BATS_TEST_TMPDIR" || return
}

root() {
  echo "$BATS_TEST_DIRNAME/../.."
}

# documents N: a folder docs/ with N real documents of this machine in UTF-8, unpacked.
documents() {
  mkdir docs
  {
    find /usr/share/common-licenses -type f
    find /usr/share/man /usr/share/doc -type f \( -name '*.gz' -o -name copyright -o -name 'README*' \) | sort
  } | while read -r f; do
    copy=docs/$(echo "$f" | tr / _)
    zcat -f "$f" >"$copy"
    if [ ! -s "$copy" ] || ! iconv -f UTF-8 -t UTF-8 "$copy" >/dev/null 2>&1; then
      rm "$copy"
    fi
    [ "$(find docs -type f | wc -l)" -lt "$1" ] || break
  done
}

@test "200 real documents cut into pieces come back byte for byte" {
  documents 200
  # a bare container has no man pages: then what there is, and it must be something
  [ "$(find docs -type f | wc -l)" -ge 20 ]
  find docs -type f | sort >names
  run -0 gem-split -w --chunk 2000 --overlap 100 --files-from names
  echo "$output" >pieces
  run -0 gem-merge --gather --field text pieces
  echo "$output" >joined
  assert_equal "$(wc -l <joined)" "$(wc -l <names)"
  [ "$(wc -l <pieces)" -gt "$(wc -l <names)" ]
  mkdir back
  n=0
  while read -r name; do
    n=$((n + 1))
    sed -n "${n}p" joined | jq -j .text >back/text
    cmp back/text "$name"
    assert_equal "$(sed -n "${n}p" joined | jq -r .id)" "$name"
  done <names
}

@test "pieces that came back in any order, through calls, are joined in order" {
  seq 1 3000 | sed 's/$/ is a number./' >book
  # shellcheck disable=SC2016 # the inner shell expands it
  run -0 gem-sim --latency 20,1 -- sh -c \
    'gem-split -w --chunk 900 --overlap 50 -t "#sim:echo \(.text)" book | gem-call -q -j 30 | gem-merge --gather --field text'
  echo "$output" | jq -j .text | cmp - book
}

@test "a piece that failed is named, and nothing is joined over the hole" {
  printf 'one one one.\n\n#sim:block two two.\n\nthree three three.\n' >book
  run -1 --separate-stderr gem-sim -- sh -c \
    'gem-split -w --chunk 24 book | gem-call -q -k | gem-merge --gather'
  assert_equal "$(jq -c '[.id, .success]' <<<"$output")" '["book",false]'
  assert_regex "$(jq -r .error <<<"$output")" 'piece #1 of [0-9] failed: the prompt was blocked'
}

@test "summaries of pieces are summarised again" {
  run -0 gem-sim -- sh -c \
    'gem-split -w --chunk 4000 -t "Summarise: \(.text)" /usr/share/common-licenses/GPL-3 | gem-call -q |
      gem-merge --gather -t "Summarise: \(.response)" | gem-call -q -r'
  assert_equal "${#lines[@]}" 1
  # not that of the first piece, but what most pieces speak of
  assert_output --regexp '^\[simulated\] .*patent.*\.$'
}

@test "the lines of a log are classified and counted" {
  printf 'a upgrade b\nc remove d\ne upgrade f\n' >log
  run -0 gem-sim -- sh -c \
    'gem-split -R -t "One of: remove, upgrade. \(.text)" log | gem-call -q | gem-merge -r | sort | uniq -c'
  assert_equal "$(echo "$output" | tr -s ' ')" ' 1 remove
 2 upgrade'
}

@test "the tutorial: four prompts, three at once, the two objects, Success: 4/4" {
  printf '%s\n' 'Count to 3' 'Name 3 colors' 'Name 3 animals' 'Name 3 fruits' >prompts
  run -0 --separate-stderr gem-sim -- sh -c 'gem-split -R prompts | gem-call -j 3 --emit seed'
  assert_equal "$(jq -c 'keys_unsorted' <<<"$output" | sort -u)" '["prompt","response","success"]'
  assert_regex "$stderr" '^Success: 4/4'
}

@test "failures are asked again, and the last success counts" {
  # shellcheck disable=SC2016
  run -0 --separate-stderr gem-sim -- sh -c '
    seq 20 | sed "s/.*/{\"id\":&,\"prompt\":\"#sim:fail=1,500 &\"}/" | gem-call -q --retry 0 >r; test $? = 1 || exit 9
    gem-merge --failed r | gem-call -q >>r || exit 8
    gem-merge --ok r'
  assert_equal "$(jq -r .id <<<"$output" | sort -n | uniq -c | wc -l)" 20
}

@test "what is appended to a file while it is read is not read: results may go into the file that they are made of" {
  seq 100000 | gem-split -R >lines
  for input in 'gem-split lines' 'gem-split <lines' 'gem-merge lines' 'gem-merge <lines'; do
    cp lines before
    run -0 timeout 20 bash -c "$input | cat >>lines"
    assert_equal "$(wc -l <lines)" 200000
    mv before lines
  done
  run -0 gem-split -R /proc/self/status
  assert_output --partial 'Name:'
}

@test "tail -f through split and call is live" {
  : >log
  # shellcheck disable=SC2016
  run -0 timeout 20 gem-sim -- sh -c '
    tail -f log | gem-split -R | gem-call -q -r >out & pid=$!
    echo "#sim:echo alive" >>log
    for i in $(seq 100); do [ -s out ] && break; sleep 0.05; done
    cat out
    pkill -P $$ -x tail
    wait'
  assert_output --partial alive
}

@test "gem-split and gem-merge do not link libcurl" {
  run -0 ldd "$(command -v gem-split)" "$(command -v gem-merge)"
  refute_output --partial libcurl
}

@test "every program reads nothing, writes nothing and succeeds on empty input" {
  for program in 'gem-split' 'gem-split -R' 'gem-split --csv' 'gem-call' 'gem-merge' 'gem-merge --gather' 'gem-merge --summary'; do
    run -0 --separate-stderr bash -c "printf '' | $program"
    assert_equal "$output$stderr" ''
  done
}

@test "every program answers --help, --version and --completion, and refuses what it does not know" {
  for program in gem-split gem-call gem-merge gem-sim gem-stat; do
    run -0 --separate-stderr "$program" --help
    assert_line --index 0 --regexp "^usage: $program "
    assert_equal "$stderr" ''
    run -0 "$program" --version
    assert_line --index 0 --regexp "^$program [0-9]+[.][0-9]+"
    run -0 "$program" --completion bash
    assert_output --regexp "--help .* $program\$"
    run -0 bash -n <<<"$output"
    run -0 "$program" --completion fish
    assert_line "complete -c $program -l help -d 'print this and exit'"
    run -2 "$program" --nonsense
    assert_output --partial "try '$program --help'"
  done
}

# stage: the files that the examples of the documents speak of.
stage() {
  mkdir src docs
  printf 'x ok\ny error\n' | tee app.log words.txt prompts.txt book.txt docs/a.md src/a.c >/dev/null
  printf 'sku,title,category\n1,Hello,\n2,World,book\n' >shop.csv
  printf '{"id":1,"prompt":"say 1"}\n{"id":2,"prompt":"#sim:fail=1,500 say 2"}\n' >requests.ndjson
  gem-sim -- gem-call -q --retry 0 requests.ndjson >results.ndjson || [ $? = 1 ]
  printf '#!/bin/sh\ngem-call requests.ndjson\n' >my-pipeline.sh
  chmod +x my-pipeline.sh
}

# examples PAGE: each literal block of its EXAMPLES, NUL-separated, as a reader sees it.
examples() {
  awk '/^\.Sh EXAMPLES/ { e = 1 } /^\.Sh (SEE|EXIT)/ { e = 0 }
    e && /^\.Bd/ { b = 1; next } /^\.Ed/ { if (b) printf "%c", 0; b = 0 } e && b' "$1" | sed 's/\\e/\\/g; s/\\&//g'
}

@test "the recipes of README.md run as they stand" {
  stage
  sed -n '/^## Recipes/,/^## Exit/p' "$(root)/README.md" | grep -E '^gem-' >recipes
  assert_equal "$(wc -l <recipes)" 8
  while read -r recipe; do
    cp results.ndjson before
    # 1: some records of the stage fail, which is no fault of the recipe
    run gem-sim -- bash -o pipefail -c "$recipe"
    [ "$status" -le 1 ] || fail "$recipe: $output"
    refute_output --partial 'command not found'
    cp before results.ndjson
  done <recipes
}

@test "the examples of the man pages run as they stand" {
  stage
  echo picture >cat.jpg
  cp results.ndjson answers.ndjson
  n=0
  for page in "$(root)"/man/*.[17]; do
    while IFS= read -r -d '' example; do
      n=$((n + 1))
      cp results.ndjson before
      run gem-sim -- bash -o pipefail -c "$example" </dev/null
      [ "$status" -le 1 ] || fail "${page##*/}: $example: $output"
      refute_output --partial 'command not found'
      cp before results.ndjson
      rm -f reviews.ndjson again.ndjson
    done < <(examples "$page")
  done
  [ "$n" -ge 20 ]
}

@test "make demo shows split, call and merge on real input" {
  run -0 sh "$(root)/tests/demo/demo.sh" "${GEM_BUILD:-$(root)/build}"
  assert_output --partial 'Success: 4/4'
  assert_output --partial 'Success: 200/200'
  assert_output --regexp '[0-9]+ status'
}
