// SPDX-License-Identifier: MIT
/* Each kind of window: how long to wait, and how to count. */
#include "meter.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

void
meter_init(struct meter *m, const struct quota *q, double limit, struct rng *random)
{
	*m = (struct meter){.phase = q->day ? 0 : rng_unit(random)};
	m->level = q->burst > 0 ? q->burst : limit;
}

void
meter_free(struct meter *m)
{
	free(m->log);
}

static double
bucket_wait(struct meter *m, const struct quota *q, double limit, double now, double amount)
{
	double burst = q->burst > 0 ? q->burst : limit;
	double rate = limit / q->seconds;

	m->level = fmin(burst, m->level + rate * (now - m->at));
	m->at = now;
	amount = fmin(amount, burst);
	return m->level >= amount - 1e-9 ? 0 : (amount - m->level) / rate;
}

/* Comes to the window of now; its share that has passed. */
static double
turn(struct meter *m, const struct quota *q, double now)
{
	double at = now / q->seconds + m->phase, index = floor(at);

	if (index > m->index) {
		m->before = index == m->index + 1 ? m->used : 0;
		m->used = 0;
		m->index = index;
	}
	return at - index;
}

static double
fixed_wait(struct meter *m, const struct quota *q, double limit, double now, double amount)
{
	double passed;

	if (q->day)
		return m->used + amount <= limit ? 0 : INFINITY;
	passed = turn(m, q, now);
	return m->used + fmin(amount, limit) <= limit ? 0 : (1 - passed) * q->seconds;
}

static double
counter_wait(struct meter *m, const struct quota *q, double limit, double now, double amount)
{
	double passed = turn(m, q, now);
	double room = limit - fmin(amount, limit) - m->used;

	if (m->before * (1 - passed) <= room)
		return 0;
	if (room >= 0)
		return (1 - room / m->before - passed) * q->seconds;
	room += m->used; /* in the next window this one's count fades */
	return (2 - passed - room / m->used) * q->seconds;
}

/* The log has running totals, so that a long one is searched, not summed. */
static const struct admitted *
logged(const struct meter *m, size_t i)
{
	return &m->log[(m->first + i) % m->cap];
}

static double
sliding_wait(struct meter *m, const struct quota *q, double limit, double now, double amount)
{
	double excess = m->used + fmin(amount, limit) - limit - 1e-9; /* must have left */
	size_t low = 0, high;

	while (m->count && logged(m, 0)->at <= now - q->seconds) {
		m->before = logged(m, 0)->total;
		m->first = (m->first + 1) % m->cap;
		m->count--;
	}
	high = m->count;
	while (low < high && excess > m->before) {
		size_t middle = (low + high) / 2;

		if (logged(m, middle)->total >= excess)
			high = middle;
		else
			low = middle + 1;
	}
	return excess > m->before && low < m->count ? logged(m, low)->at + q->seconds - now : 0;
}

static void
sliding_take(struct meter *m, double now, double amount)
{
	if (m->count == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 64;
		struct admitted *log = mem_zero(cap, sizeof *log);

		for (size_t i = 0; i < m->count; i++)
			log[i] = m->log[(m->first + i) % m->cap];
		free(m->log);
		m->log = log;
		m->cap = cap;
		m->first = 0;
	}
	m->used += amount;
	m->log[(m->first + m->count++) % m->cap] = (struct admitted){now, m->used};
}

double
meter_wait(struct meter *m, const struct quota *q, double limit, double now, double amount)
{
	if (q->day)
		return fixed_wait(m, q, limit, now, amount);
	switch (q->window) {
	case WINDOW_BUCKET: return bucket_wait(m, q, limit, now, amount);
	case WINDOW_FIXED: return fixed_wait(m, q, limit, now, amount);
	case WINDOW_SLIDING: return sliding_wait(m, q, limit, now, amount);
	case WINDOW_COUNTER: return counter_wait(m, q, limit, now, amount);
	}
	return 0;
}

void
meter_take(struct meter *m, const struct quota *q, double now, double amount)
{
	if (q->window == WINDOW_SLIDING && !q->day)
		sliding_take(m, now, amount);
	else if (q->window == WINDOW_BUCKET && !q->day)
		m->level -= amount;
	else
		m->used += amount;
}
