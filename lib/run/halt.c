// SPDX-License-Identifier: MIT
/* The text is taken apart by hand: when to stop, after how many failures or which share. */
#include "run/halt.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

/* A share of the results says nothing before so many have failed (GNU parallel's number). */
#define PERCENT_FAILURES 3

int
halt_parse(struct halt *h, const char *text)
{
	char number[20];
	size_t n;

	h->now = strncmp(text, "now,fail=", 9) == 0;
	if (!h->now && strncmp(text, "soon,fail=", 10) != 0)
		return -1;
	text += h->now ? 9 : 10;
	n = strlen(text);
	h->percent = n && text[n - 1] == '%';
	snprintf(number, sizeof number, "%.*s", (int)(n - h->percent), text);
	return n < sizeof number && num_count(number, &h->fail) == 0 && h->fail > 0 &&
		       (!h->percent || h->fail <= 100)
		   ? 0
		   : -1;
}

bool
halt_is_due(const struct halt *h, uint64_t failed, uint64_t results)
{
	if (!h->fail)
		return false;
	if (!h->percent)
		return failed >= (uint64_t)h->fail;
	return failed >= PERCENT_FAILURES && failed * 100 >= (uint64_t)h->fail * results;
}
