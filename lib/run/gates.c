// SPDX-License-Identifier: MIT
/* A run has few models: that of a record is found by looking at each. */
#include "run/gates.h"

#include <assert.h>
#include <math.h>

#include "base/clock.h"

/*
 * A start that comes late by less than this does not delay the next ones: they are planned from
 * when it was due. Else a clock of milliseconds could not keep a rate above 1,000/s.
 */
#define SLACK_S .02

/* 30 years: later than any run ends, and its milliseconds are far inside an int64_t. */
#define NEVER_S 1e9

/* Before the first answer a token is believed to have four bytes. */
#define TOKENS_PRIOR 250.
#define BYTES_PRIOR 1000.

static double
seconds(int64_t ms)
{
	return (double)ms / 1000;
}

void
gates_init(struct gates *g, const struct gates_config *config)
{
	*g = (struct gates){
	    .config = *config, .next = -INFINITY, .tokens = TOKENS_PRIOR, .bytes = BYTES_PRIOR};
}

void
gates_free(struct gates *g)
{
	for (size_t i = 0; i < g->count; i++) {
		buf_free(&g->items[i].model);
		heap_free(&g->items[i].ready);
	}
}

struct model_gate *
gates_of(struct gates *g, struct slice model)
{
	struct gate_config config = {(double)g->config.min, (double)g->config.max, g->config.seed};
	struct model_gate *m;

	for (size_t i = 0; i < g->count; i++) {
		if (i == GATES_MAX - 1 || slice_equal(buf_view(&g->items[i].model), model))
			return &g->items[i];
	}
	m = &g->items[g->count++];
	buf_slice(&m->model, model);
	gate_init(&m->gate, &config);
	return m;
}

int64_t
gates_when(struct gates *g, struct model_gate *m, int64_t now)
{
	double when;

	if (g->in_flight >= g->config.max)
		return CLOCK_NEVER;
	when = fmax(g->next, gate_when(&m->gate, seconds(now)));
	if (when <= seconds(now))
		return now;
	if (when >= NEVER_S)
		return CLOCK_NEVER;
	return (int64_t)fmax((double)now + 1, ceil(when * 1000)); /* later, however rounded */
}

int64_t
gates_tokens(const struct gates *g, size_t request_bytes)
{
	return (int64_t)ceil((double)request_bytes * g->tokens / g->bytes);
}

void
gates_enter(
    struct gates *g, struct model_gate *m, int64_t now, size_t request_bytes, struct permit *permit)
{
	double start = seconds(now), gap = 0;
	double planned = g->next > start - SLACK_S ? g->next : start;

	if (++g->in_flight > g->peak)
		g->peak = g->in_flight;
	gate_sent(&m->gate, start, permit);
	if (g->config.per_second > 0)
		gap = 1 / g->config.per_second;
	if (g->config.tokens_per_minute > 0)
		gap = fmax(gap, 60 * (double)gates_tokens(g, request_bytes) /
				    (double)g->config.tokens_per_minute);
	g->next = fmax(planned + gap, start + seconds(g->config.delay_ms));
}

void
gates_leave(struct gates *g, struct model_gate *m, int64_t now, size_t request_bytes,
    const struct permit *permit, const struct feedback *feedback)
{
	assert(g->in_flight > 0);
	g->in_flight--;
	if (feedback->tokens > 0) {
		g->tokens += feedback->tokens;
		g->bytes += (double)request_bytes;
	}
	gate_done(&m->gate, seconds(now), permit, feedback);
}

struct gate_view
gates_view(const struct model_gate *m)
{
	const struct gate *gate = &m->gate;

	return (struct gate_view){
	    gate_limit(gate), gate_rate(gate), (int64_t)(gate->pause * 1000), gate->probing};
}

size_t
gates_ready(const struct gates *g)
{
	size_t sum = 0;

	for (size_t i = 0; i < g->count; i++)
		sum += g->items[i].ready.count;
	return sum;
}

double
gates_limit(const struct gates *g)
{
	double sum = 0;

	for (size_t i = 0; i < g->count; i++)
		sum += gate_limit(&g->items[i].gate);
	return fmin(sum, (double)g->config.max);
}

bool
gates_are_growing(const struct gates *g)
{
	for (size_t i = 0; i < g->count; i++) {
		if (gate_is_growing(&g->items[i].gate))
			return true;
	}
	return false;
}

bool
gates_are_spent(const struct gates *g)
{
	for (size_t i = 0; i < g->count; i++) {
		if (!g->items[i].spent)
			return false;
	}
	return true;
}

bool
gates_are_out(const struct gates *g)
{
	for (size_t i = 0; i < g->count; i++) {
		if (!g->items[i].gate.probing)
			return false;
	}
	return g->count > 0;
}

int64_t
gates_pause(const struct gates *g, int64_t now)
{
	int64_t least = g->count ? INT64_MAX : 0;

	for (size_t i = 0; i < g->count; i++) {
		int64_t pause = gates_view(&g->items[i]).pause - now;

		least = pause < least ? pause : least;
	}
	return least > 0 ? least : 0;
}

double
gates_rate(const struct gates *g)
{
	double sum = 0;

	for (size_t i = 0; i < g->count; i++)
		sum += g->items[i].gate.delays > .5 ? gate_rate(&g->items[i].gate) : INFINITY;
	return g->count ? sum : INFINITY;
}
