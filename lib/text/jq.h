// SPDX-License-Identifier: MIT
/*
 * jq programs, and the only door to libjq.
 *
 * A simple path runs natively (text/json_path): numbers keep their bytes, and
 * nothing is compiled, which takes libjq 1.6 20 ms. Another program is compiled
 * once and run on texts that json_scan has accepted; libjq sees no other, and
 * reads and prints none: text/jq_value does. Errors of any kind become a message, without
 * the data in it; libjq's own aborts are kept away: library path attributes are
 * set (an import without them aborts), depth is limited to JQ_DEPTH_MAX, and
 * an allocation that fails ends the program with one line. A program that does
 * not end on a text, or on which an assertion of libjq's fails, fails on it, and
 * goes on with the next (text/jq_watch).
 * May call: base, text/json_path, json_scan, json_string, utf8. Nothing else
 * includes jq.h.
 */
#ifndef TEXT_JQ_H
#define TEXT_JQ_H

#include "base/buf.h"
#include "base/cli.h"
#include "text/json_scan.h"

/* What libjq 1.6 parses and prints without damage. */
#define JQ_DEPTH_MAX 256

/* CPU time for one text: thousands of times what a program for records takes. */
#define JQ_LIMIT_MS 10000

/*
 * All results of one text together may be so much longer than it: as long as a record
 * may be (stream/reader). That is a second or two, and they are kept until all are
 * there, since a record gives all or none.
 */
#define JQ_GROWTH_MAX_BYTES ((size_t)64 << 20)

enum jq_loss {
	JQ_INEXACT = 1,        /* a number that libjq does not hold exactly */
	JQ_LONE_SURROGATE = 2, /* half a surrogate pair became U+FFFD */
};

/* What the programs of a run share. Zeroed it is valid: no arguments, the default limit. */
struct jq_shared {
	struct buf args;  /* {"NAME":VALUE...}; empty: none */
	int64_t limit_ms; /* of CPU time; 0: JQ_LIMIT_MS */
	unsigned losses; /* of enum jq_loss: in `args`, in texts of which a result was built anew */
	unsigned told;   /* of these */

	/*
	 * Called before a program that cannot be stopped ends the process, for finished work
	 * that is not written yet: in a signal handler, but of libjq's work and no other.
	 */
	void (*last_act)(void *context); /* NULL: nothing */
	void *context;
};

/*
 * Takes the pairs of --arg NAME TEXT and --argjson NAME JSON (base/cli's CLI_PAIR),
 * before programs are compiled: $NAME in each of them. Of two of one name the first
 * counts, as in jq. -1 with the reason when a value is not what it should be.
 */
int jq_shared_args(struct jq_shared *s, const struct cli_list *pairs, struct buf *reason);
/* What the user should be told, each thing once; NULL: nothing. */
const char *jq_shared_warning(struct jq_shared *s);
void jq_shared_free(struct jq_shared *s);

struct jq_program; /* owned by the caller: jq_program_free */

/*
 * Compiles; NULL with the reason, in libjq's words, when the text is no jq
 * program. `shared` must outlive it.
 */
struct jq_program *jq_program_new(const char *text, struct jq_shared *shared, struct buf *error);
void jq_program_free(struct jq_program *program);

/*
 * Runs the program on a value of an accepted text and calls `each` with every
 * result, on one line, until `each` returns false. A result that is the input
 * itself, as select(...) gives it, or lies at a simple path in it, keeps its
 * bytes. Results live until `each` returns, and json_scan may read them. Returns
 * -1 with the reason when the program fails on this value; results given before
 * stand.
 */
int jq_run(struct jq_program *program, const struct json_value *input,
    bool (*each)(void *context, struct slice result), void *context, struct buf *error);

#endif
