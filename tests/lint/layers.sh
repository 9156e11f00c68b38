#!/bin/sh
# SPDX-License-Identifier: MIT
# Includes go downward only, and each library has one door (lib/README.md: the layers).
# usage: layers.sh    in the top folder; prints each arrow that points the wrong way.
awk '
BEGIN {
	n = split("base:1 text:2 stream:3 limit:2 record:4 api:5 net:6 run:7 sim:8 cmd:9", pairs, " ")
	for (i = 1; i <= n; i++) { split(pairs[i], p, ":"); rank[p[1]] = p[2] }
	door["curl/curl.h"] = "^lib/net/"
	door["jq.h"] = "^lib/text/jq[a-z_]*[.][ch]$"
	door["jv.h"] = "^lib/text/jq[a-z_]*[.][ch]$"
	door["microhttpd.h"] = "^lib/sim/"
	door["xxhash.h"] = "^lib/base/hash[.]c$"
}
function complain(why) { print FILENAME ":" FNR ": " why; bad = 1 }
/^#[ \t]*include/ {
	file = $2
	gsub(/[<>"]/, "", file)
	split(FILENAME, path, "/")
	mine = path[1] == "cmd" ? "cmd" : path[2]
	if (file in door && FILENAME !~ door[file])
		complain(file " is for " door[file] " only")
	if ($2 !~ /^"/) next
	split(file, theirs, "/")
	if (!(theirs[1] in rank))
		complain("\"" file "\" names no layer")
	else if (theirs[1] != mine && rank[theirs[1]] >= rank[mine])
		complain(mine " may not include " theirs[1])
	else if (mine == "limit" && theirs[1] == "base" && theirs[2] != "rng.h")
		complain("limit is pure: base/rng.h only")
	else if (theirs[1] == "sim" && FILENAME !~ /^(lib\/sim\/|cmd\/gem-sim[.]c)/)
		complain("sim is for gem-sim only")
}
END { exit bad }
' cmd/*.c lib/*/*.[ch]
