#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that break a promise, one at a time: the tests that hold them to it must fail.
# usage: broken.sh BUILD [WORDS]    in the top folder; works in a copy of the tree. With WORDS: only
# the programs that have them in their name.
only=${2:-}
tree=$(realpath "$1")/broken
rm -rf "$tree" && mkdir -p "$tree/build"
cp -a Makefile cmd lib tests "$tree" && cp -a "$1/lib" "$1/cmd" "$1/libgem.a" "$1/tests" "$1"/gem-* "$tree/build" || exit 2
cd "$tree" || exit 2
GEM_BUILD=$tree/build
export GEM_BUILD

# Harnesses: what they print has "not ok" in it when they catch something.
fault() {
	script=$1
	shift
	timeout 600 build/gem-sim --latency 4,0.8 -- sh "tests/fault/$script.sh" "$@"
	[ $? != 124 ] || echo 'not ok - it does not end'
}
symbols() {
	sh tests/lint/symbols.sh build || echo 'not ok - symbols'
}
cli() {
	timeout 30 bats --tap -f "$2" "tests/cli/$1.bats" </dev/null
	[ $? != 124 ] || echo 'not ok - it does not end'
}

# broken WHAT FILE SED HARNESS ARGUMENT...: the sed script breaks it.
broken() {
	what=$1 file=$2 script=$3
	shift 3
	case $what in *"$only"*) ;; *) return ;; esac
	cp "$file" whole
	sed -i "$script" "$file"
	if cmp -s "$file" whole; then
		echo "not ok - broken: $what: the patch changes nothing in $file"
	elif ! make -s DEPS=no build/gem-call build/gem-sim >log 2>&1; then
		echo "not ok - broken: $what: it is not built: $(grep -m 1 error: log)"
	elif "$@" >log 2>&1 3>&-; grep -q '^not ok' log; then
		echo "ok - broken: $what: caught"
	else
		echo "not ok - broken: $what: not caught by $*"
	fi
	cp whole "$file"
}

# What fails here too would catch anything.
if {
	fault kill 100 1
	fault mutate 400
	fault oom 2000
	fault errors 40
	symbols
	cli call-run 'sends a header, also'
	cli wire-network 'nobody has signed'
} >log 2>&1 3>&-; grep '^not ok' log; then
	exit 1
fi
echo 'ok - broken: nothing is caught as long as nothing is broken'

broken 'a record without a result' lib/run/pipe.c \
	'/^emit(/,/^}/s/if (p->file_only)/if (p->file_only || t->record.problem)/' cli call-records 'bad lines have an error record'
broken 'a record that failed is no failure' lib/run/ending.c \
	's/r->succeeded == r->emitted ? STATUS_OK : STATUS_FAILED/STATUS_OK/' cli call-classes 'partial failures'
broken 'close of the output unchecked' lib/stream/writer.c \
	's/if (close(w->fd) && !w->error)/if (close(w->fd) \&\& false)/' fault errors 40
broken 'close of the file unchecked' lib/stream/journal.c \
	's/^\tif (close(j->fd))$/\tif (close(j->fd) \&\& false)/' fault errors 40
broken 'standard output before the file' lib/run/pipe.c \
	's/^\tif (p->resume && journal_commit(/\tif (!p->file_only)\n\t\twriter_try(\&p->writer);\n&/' fault kill 1 1
broken 'no fdatasync' lib/stream/journal.c \
	's/ || fdatasync(j->fd))$/)/' fault errors 40
broken 'a failed fdatasync is tried again' lib/stream/journal.c \
	's/ || fdatasync(j->fd))$/ || (fdatasync(j->fd) \&\& fdatasync(j->fd)))/' fault errors 40
broken 'a torn end stays' lib/stream/journal.c \
	's/!ftruncate(j->fd, (off_t)j->end)/true/' fault mutate 40
broken 'a file is written anew in its own place' lib/stream/journal_file.c \
	's/"%s" NEW_SUFFIX/"%s"/' fault kill 3 1
broken 'damaged lines are not told' lib/stream/journal.c \
	's/j->strangers = census.strangers/j->strangers = 0/' cli journal 'damaged lines in the middle'
broken 'two runs in one file' lib/stream/journal_file.c \
	's/^\tif (lock(fd))/\tif (false)/' cli journal 'two runs do not share a file'
broken 'symbolic links are followed' lib/stream/journal_file.c \
	's/O_NOFOLLOW | //' cli journal 'no symbolic link'
broken 'answers are not taken from the file' lib/run/pipe.c \
	's/p->resume ? recall : NULL/NULL/' fault kill 40 5
broken 'an answer serves twice' lib/stream/journal_index.c \
	'/^\tx->entries\[entry\].taken = true;$/d' cli journal 'inserted, deleted, reordered and duplicated'
broken 'libcurl sends again' lib/net/slot.c \
	's/return CURL_PREREQFUNC_ABORT/s->call->reply->sent--/' cli wire-network 'a kept connection that is reset under the next'
broken 'a lost answer is asked for again and again' lib/run/attempt.c \
	's/&t->ambiguous, e->config->retry_ambiguous/\&t->failures, e->config->retry/' cli wire-answers 'a lost answer is asked for once more'
broken 'nobody is told what may have been paid for' lib/run/attempt.c \
	'/facts.maybe_billed |=/d' cli call-classes '504 may have been billed'
broken 'a blocked prompt is asked again' lib/limit/verdict.c \
	's/say(CLASS_BLOCKED, ACTION_FAIL)/say_billed(CLASS_BLOCKED, ACTION_AMBIGUOUS)/' cli call-classes 'a blocked prompt'
broken 'one call too many' lib/limit/budget.c \
	's/b->calls < b->most_calls/b->calls <= b->most_calls/' cli call-stops '--max-calls bounds'
broken 'a cut answer is a success' lib/api/gemini_reply.c \
	's/return CONTENT_CUT;/return CONTENT_TEXT;/' cli call-classes 'truncated'
broken 'another order' lib/run/pipe.c \
	's/^\tif (p->keep_order) {$/\tif (false) {/' cli call-limits 'in the order of the input'
broken 'no window' lib/run/pipe.c \
	's/p->next_seq >= p->reorder.next + p->window/false/' cli call-limits '--window bounds'
broken 'redirects are followed' lib/net/slot.c \
	's/CURLOPT_FOLLOWLOCATION, 0L/CURLOPT_FOLLOWLOCATION, 1L/' cli wire-network 'a redirect to another origin'
broken 'certificates are not checked' lib/net/slot.c \
	's/^\tif (!o->secure)$/\tcurl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);\n&/' cli wire-network 'nobody has signed'
broken 'plain http to everybody' lib/net/url.c \
	's/http && !\*loopback && !allow_http/false/' cli call-run 'plain http off this machine'
broken 'an answer without a ceiling' lib/record/exchange.c \
	's/body.max = REPLY_MAX_BYTES/body.max = SIZE_MAX/' cli wire-answers 'more than 64 MiB'
broken 'results without a ceiling' lib/run/pipe.c \
	's/< OUTPUT_BACKLOG_BYTES/< SIZE_MAX/' cli call-odd 'memory is bounded'
broken 'calls in flight are given up' lib/run/engine.c \
	's/^\tif (count > 1)$/\tif (count)/' cli call-run 'an interrupt drains'
broken 'a second interrupt waits too' lib/run/engine.c \
	's/^\tif (count > 1)$/\tif (false)/' cli call-run 'a second interrupt'
broken 'an end by a signal that is none' lib/base/signals.c \
	'/^\traise(number);/d' cli call-run 'it is the signal that ends it'
broken 'the time that a run was stopped is its own' lib/net/http.c \
	's/^\tcall_timers(h, /\tgive_up_old(h, \&h->timeouts.attempts, h->origin.config->timeout_ms, WIRE_TIMEOUT);\n&/' \
	cli call-run 'stopped for longer than --timeout'
broken 'a reader that leaves ends all' lib/run/pipe.c \
	's/p->resume ? FLUSH_KEPT : FLUSH_LOST/FLUSH_LOST/' cli journal 'a reader that leaves'
broken 'the key in an answer' lib/net/slot.c \
	'/secret_redact(/d' cli wire-answers 'repeats the key'
broken 'the key in an answer, escaped' lib/base/secret.c \
	's/ && !may_disguise(rest, s->key)//' cli wire-answers 'repeats the key'
broken 'the key in the environment' lib/base/secret.c \
	'/^\t\tscrub(value);$/d' cli call-run 'nobody sees the key'
broken 'a key file that others can read' lib/base/secret.c \
	's/ && (st.st_mode & 077)/ \&\& false/' cli call-run '--key-file reads'
broken 'a core file' lib/base/secret.c \
	'/^\tsetrlimit(RLIMIT_CORE/d' cli call-run 'nobody sees the key'
broken 'another program is run' lib/base/signals.c \
	's/^\traise(number);/\t(void)system("true");\n&/' symbols
broken 'escapes reach the terminal' lib/base/cli_say.c \
	's/c < 0x20 || c == 0x7f/false/' cli wire-answers 'escape sequences'
broken 'a header in a header' lib/net/target.c \
	"s/< ' '/< '\\\\t'/" cli call-run 'sends a header, also'
broken 'memory is taken for granted' lib/base/mem.c \
	's/^\tif (!p)$/\tif (0)/' fault oom 10
broken 'an interrupted system call is an error' lib/stream/writer.c \
	's/errno == EINTR || errno == EAGAIN/errno == EAGAIN/' fault errors 1
