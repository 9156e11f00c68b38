#!/bin/sh
# SPDX-License-Identifier: MIT
# What the compiler and the linker were asked for is in the programs: anywhere in memory, tables
# that nobody writes to, no stack that runs, canaries and checked calls.
# usage: binaries.sh BUILD
build=$1
status=0

# has PROGRAM WHAT READELF-OPTION PATTERN
has() {
	if ! readelf -W "$3" "$build/$1" 2>&1 | grep -qE "$4"; then
		echo "$1 is built without $2"
		status=1
	fi
}

for program in gem-split gem-call gem-merge gem-sim gem-stat; do
	has $program 'PIE' -h 'Type: *DYN'
	has $program 'RELRO' -l 'GNU_RELRO'
	has $program 'NOW' -d 'FLAGS.*NOW'
	has $program 'NX' -l 'GNU_STACK.* RW +0x'
	has $program 'stack canaries' -s ' __stack_chk_fail'
	has $program 'fortify' -s ' __(v?snprintf|memcpy)_chk'
done
exit $status
