// SPDX-License-Identifier: MIT
/*
 * Results into what is asked of them: filter, choice, gathering, shape.
 *
 * Each result that is given goes through the filter, which may give none or
 * several; those that are chosen go into their documents, if they are pieces
 * and that is asked; and what comes out is written as it is, as text, as the
 * next request, or as the request that it was. A failure that has no place in
 * such output is named through `complain`.
 * May call: base, text, stream/writer, record/gather, object, outcome, summary, template.
 */
#ifndef RECORD_MERGE_H
#define RECORD_MERGE_H

#include "record/gather.h"
#include "record/summary.h"
#include "record/template.h"
#include "stream/writer.h"
#include "text/jq.h"

enum merge_shape {
	MERGE_AS_IT_IS,
	MERGE_TEXT,
	MERGE_NEXT_REQUEST,  /* by the template */
	MERGE_FIRST_REQUEST, /* as it was before the call */
	MERGE_NOTHING,       /* the summary counts it */
};

enum merge_choice {
	MERGE_ALL,
	MERGE_OK,
	MERGE_FAILED,
};

struct merge {
	struct jq_program *filter; /* NULL: none */
	struct template *template;
	enum merge_shape shape;
	enum merge_choice choice;
	bool gathers;
	struct gather gather;
	struct summary summary;
	struct writer *writer;
	/* "name: class: reason", or what is told once, for people. */
	void (*complain)(void *context, struct slice message);
	void *context;
	bool told_of_halves, told_of_bare;
	uint64_t records;  /* given so far */
	uint64_t failures; /* that were met, those not chosen left out */
	uint64_t unusable; /* results of which nothing could be made */
	struct buf document, prompt, filtered;
	struct buf reason; /* why a filter has failed, behind the result's name */
};

/*
 * Takes a result in. 1: used, 0: dropped by filter or choice, -1: the filter fails
 * on it: m->reason, and nothing of it has been used.
 */
int merge_result(struct merge *m, const struct outcome *o);

/* At the end: documents that are not complete. */
void merge_end(struct merge *m);
void merge_free(struct merge *m); /* filter and template stay the caller's */

#endif
