// SPDX-License-Identifier: MIT
/*
 * A call that was refused, as gate hands it to those that learn from it: pacer
 * and ceiling. Seconds on the caller's clock.
 */
#ifndef LIMIT_REFUSED_CALL_H
#define LIMIT_REFUSED_CALL_H

#include "limit/verdict.h"

struct refused_call {
	double now, sent, in_flight; /* the call was one of so many when it was sent */
	bool by_rate;                /* 429, not 503 */
	double hint;                 /* 0: none */
	enum quota_unit unit;        /* that it names */
	double value;                /* of that quota, a second; 0: not told */
	double share;                /* of the last calls that was refused */
	double delay;                /* mean latency of a refusal */
	double cost;                 /* answers that its hint takes away */
};

#endif
