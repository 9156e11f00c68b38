// SPDX-License-Identifier: MIT
/*
 * A player walks through the steps of a reply. Bytes go into the output as long
 * as that is short; a step that does something to the connection waits until
 * all before it has been sent.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "wire/server.h"

/* So much output waits before a player does. */
#define OUT_MAX 262144

struct player *
player_start(struct server *s, struct conn *c, uint32_t stream)
{
	struct player *p = mem_zero(1, sizeof *p);

	p->script = &s->scripts[s->next_script];
	if (s->next_script + 1 < s->script_count)
		s->next_script++;
	p->stream = stream;
	p->next = c->players;
	c->players = p;
	return p;
}

bool
player_done(const struct player *p)
{
	return p->step == p->script->count;
}

static void
next_step(struct player *p)
{
	p->step++;
	p->times = 0;
	p->sent = 0;
}

static uint32_t
stream_of(const struct step *step, uint32_t stream)
{
	switch (step->stream) {
	case STREAM_THIS: return stream;
	case STREAM_BEFORE: return stream - 2; /* the client's are odd */
	case STREAM_NUMBER: return step->stream_number;
	}
	return 0;
}

static void
put_frame(struct buf *out, const struct step *step, uint32_t stream)
{
	uint32_t named = stream_of(step, stream);
	struct buf payload = {0};

	for (int shift = 24; step->type == FRAME_GOAWAY && shift >= 0; shift -= 8)
		buf_char(&payload, (char)(named >> shift & 0xff));
	buf_slice(&payload, buf_view(&step->bytes));
	h2_frame(out, step->type, step->flags, step->type == FRAME_GOAWAY ? 0 : named,
	    buf_view(&payload));
	buf_free(&payload);
}

/* One byte, when the reply drips. True when the step is done. */
static bool
put_drop(struct conn *c, struct player *p, const struct step *step, int64_t now)
{
	if (p->sent < step->bytes.len)
		buf_char(&c->out, step->bytes.data[p->sent++]);
	p->due = now + p->drip_ms;
	if (p->sent < step->bytes.len)
		return false;
	p->sent = 0;
	return ++p->times >= step->times;
}

static bool
put_bytes(struct conn *c, struct player *p, const struct step *step, int64_t now)
{
	if (step->kind == STEP_BYTES && p->drip_ms)
		return put_drop(c, p, step, now);
	for (; p->times < step->times && c->out.len < OUT_MAX; p->times++) {
		if (step->kind == STEP_FRAME)
			put_frame(&c->out, step, p->stream);
		else
			buf_add(&c->out, buf_view(&step->bytes).p, step->bytes.len - step->cut);
	}
	return p->times >= step->times;
}

/* What is done to the connection; all before it has been sent. */
static void
act(struct conn *c, const struct step *step)
{
	if (step->kind == STEP_RESET)
		conn_reset(c);
	else
		conn_end(c, step->kind == STEP_CLOSE);
}

/* True when the player may go on to its next step. */
static bool
play(struct server *s, struct conn *c, struct player *p, int64_t now)
{
	const struct step *step = &p->script->steps[p->step];

	switch (step->kind) {
	case STEP_BYTES:
	case STEP_FRAME: return put_bytes(c, p, step, now);
	case STEP_WAIT: p->due = now + step->n; return true;
	case STEP_AFTER: return s->counts.requests >= step->n;
	case STEP_DRIP: p->drip_ms = step->n; return true;
	case STEP_CLOSE:
	case STEP_DROP:
	case STEP_RESET:
		conn_flush(c);
		if (!c->out.len && !c->dead)
			act(c, step);
		return c->out.len == 0;
	case STEP_HANG:
	case STEP_HEAD_LENGTH:
	case STEP_CHUNK_LENGTH:
	case STEP_END: return false;
	}
	return false;
}

int64_t
player_run(struct server *s, struct conn *c, struct player *p, int64_t now)
{
	while (!p->waits && !c->dead && !player_done(p)) {
		if (p->due > now)
			return p->due;
		if (!play(s, c, p, now))
			return p->due > now ? p->due : CLOCK_NEVER;
		next_step(p);
	}
	return CLOCK_NEVER;
}
