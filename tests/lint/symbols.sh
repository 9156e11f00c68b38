#!/bin/sh
# SPDX-License-Identifier: MIT
# What the objects call and hold: forbidden functions, printing and time outside their
# rooms, variables at file scope, and what the programs link.
# usage: symbols.sh BUILD
build=$1
status=0

complain() {
	echo "$1"
	status=1
}

banned='strcpy|strcat|sprintf|vsprintf|strncpy|strncat|strtok|atoi|atol|atof|gets|system|popen|localtime|gmtime|alloca|rand|srand|strerror_r|setlocale|uselocale'
prints='printf|fprintf|vprintf|vfprintf|puts|putchar|fputs|fputc|fwrite|perror|__printf_chk|__fprintf_chk|__vfprintf_chk|exit|_exit|abort'
times='time|gettimeofday|clock_gettime|clock'

# calls OBJECT: the functions that it needs from elsewhere
calls() {
	nm -u "$1" | awk '{ sub(/@.*/, "", $2); print $2 }' | sed 's/__\(.*\)_chk$/\1/'
}

for object in "$build"/lib/*/*.o "$build"/cmd/*.o; do
	name=${object#"$build"/}
	for f in $(calls "$object" | grep -Ex "$banned"); do
		complain "$name calls $f, which is banned"
	done
	case $name in
	lib/base/clock.o) ;;
	*) for f in $(calls "$object" | grep -Ex "$times"); do
		complain "$name calls $f: only base/clock reads time"
	done ;;
	esac
	case $name in
	lib/base/cli.o | lib/base/cli_say.o | lib/base/mem.o | lib/base/signals.o | lib/text/jq_watch.o | cmd/*) ;;
	*) for f in $(calls "$object" | grep -Ex "$prints"); do
		complain "$name calls $f: only programs print and exit"
	done ;;
	esac
	case $name in
	lib/limit/*) for f in $(calls "$object" | grep -E '^(malloc|calloc|realloc|free|read|write|open|mem_|buf_|clock_)'); do
		complain "$name calls $f: limit is pure"
	done ;;
	esac
	case $name in
	lib/base/assertion.o | lib/base/cli_say.o) ;;
	lib/*) for v in $(objdump -t "$object" | awk 'NF > 4 && $(NF-2) ~ /^[.](data|bss)$/ && $(NF-1) !~ /^0+$/ { print $NF }'); do
		complain "$name holds the variable $v: no mutable state at file scope"
	done ;;
	esac
done

for program in gem-split gem-merge; do
	if ldd "$build/$program" | grep -q libcurl; then
		complain "$program links libcurl"
	fi
done
exit $status
