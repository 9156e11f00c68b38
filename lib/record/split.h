// SPDX-License-Identifier: MIT
/*
 * One input record into its request records: filter, id, pieces, prompt, ask.
 *
 * The filter comes first and may give none or several; each result gets an id
 * if it has none, is cut into pieces, and each piece gets its prompt and what
 * it asks for. Fields that are not written keep their bytes. A record either
 * gives all of its requests or is rejected with a reason.
 * May call: base, text, record/ask, chunk, expression, object, source, template.
 */
#ifndef RECORD_SPLIT_H
#define RECORD_SPLIT_H

#include "record/expression.h"
#include "record/source.h"
#include "record/template.h"
#include "text/jq.h"

/* What is to be done; the struct with nothing but a field asks for ids only. */
struct split_rules {
	struct jq_program *filter;
	struct expression *id;
	bool id_is_file;   /* an id that must be made up is the file's name, not FILE:LINE */
	size_t chunk;      /* characters; 0: uncut */
	size_t overlap;    /* characters, less than chunk */
	const char *field; /* whose text is cut */
	struct template *template;
	struct slice ask; /* as ask_build makes it; empty: nothing */
};

/* Told once a run. */
enum split_warning {
	SPLIT_DUPLICATE = 1, /* a field stands twice */
	SPLIT_LONE_SURROGATE = 2,
	SPLIT_AGAIN = 4, /* a piece is cut into pieces */
};

/* A record, taken apart by struct split's wants. */
struct split_parts {
	struct json_value whole;
	struct json_value values[JSON_WANTS_MAX];
};

struct split {
	struct split_rules rules;
	struct buf *out;   /* gets the requests, a newline between two of them */
	unsigned warnings; /* of enum split_warning: what was met so far */
	struct json_wants wants;
	struct json_names names;
	size_t field;   /* the place of rules.field among them */
	bool needs_all; /* the template does, so that it sees the id */

	/* of the record at hand */
	size_t requests; /* it has given so far */
	struct source_record *source;
	size_t results; /* of the filter */
	bool failed;
	struct buf reason;
	struct buf wrapped; /* {"prompt":...} of a record that is a string */
	struct slice id;    /* as JSON: of the record, of --id, or made up */
	struct buf made_id;
	struct buf object; /* the record with its id; when it is cut, without its text */
	struct buf text;   /* what is cut, decoded */
	struct buf piece_id, piece_text, place, piece;
	struct buf prompt, ask;
	struct split_parts of_record, of_object, of_piece;
};

void split_init(struct split *s, const struct split_rules *rules, struct buf *out);
void split_free(struct split *s); /* the rules stay the caller's */

/*
 * Appends the requests to s->out. Returns 1 when there are some, 0 when the
 * filter gave none, -1 when the record is rejected: s->reason says why, what
 * was appended does not count, and r->column may be set.
 */
int split_record(struct split *s, struct source_record *r);

#endif
