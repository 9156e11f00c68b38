// SPDX-License-Identifier: MIT
/* Resetting keeps the memory of the buffers and nothing else. */
#include "record/exchange.h"

static void
add(int64_t *sum, int64_t n)
{
	if (n > 0 && __builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

void
usage_add(struct usage *sum, const struct usage *u)
{
	add(&sum->in, u->in);
	add(&sum->out, u->out);
	add(&sum->think, u->think);
	add(&sum->cached, u->cached);
}

void
request_free(struct request *r)
{
	buf_free(&r->path);
	buf_free(&r->body);
	buf_free(&r->model);
}

void
reply_reset(struct reply *r)
{
	struct buf body = r->body, detail = r->detail;

	buf_reset(&body);
	buf_reset(&detail);
	body.max = REPLY_MAX_BYTES;
	*r = (struct reply){.body = body, .detail = detail, .retry_after_ms = -1, .first_ms = -1};
}

void
reply_free(struct reply *r)
{
	buf_free(&r->body);
	buf_free(&r->detail);
}

void
answer_reset(struct answer *a)
{
	struct buf text = a->text, message = a->message;

	buf_reset(&text);
	buf_reset(&message);
	*a = (struct answer){.text = text, .message = message, .facts.hint_ms = -1};
}

void
answer_free(struct answer *a)
{
	buf_free(&a->text);
	buf_free(&a->message);
}
