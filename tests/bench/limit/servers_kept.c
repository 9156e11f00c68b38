// SPDX-License-Identifier: MIT
/*
 * The half that nobody tunes on: written before the other one and before the
 * law, looked at when the law is done. Same families, other kinds and numbers.
 */
#include "server.h"

/* clang-format off */
static const struct server servers[] = {
	/* capacity */
	{.name = "ten cores, shared", .seconds = 120, .base = .16, .sigma = .8, .service = {.cores = 10}},
	{.name = "14 slots, last in first out", .seconds = 900, .base = 3, .sigma = .8,
	    .service = {.slots = {14}, .order = ORDER_LIFO}},
	{.name = "batch of 48, steps grow 4 % a call", .seconds = 900, .base = 3, .sigma = .6,
	    .service = {.slots = {48}, .batch = .04}},
	{.name = "five replicas by turns, 4 slots each", .seconds = 120, .base = .16, .sigma = .6,
	    .service = {.slots = {4}, .replicas = 5, .balance = BALANCE_ROUND}},
	{.name = "one slot of 30 s", .seconds = 14400, .base = 30, .sigma = .5, .service = {.slots = {1}}},
	{.name = "no limit, heavy tail", .seconds = 600, .base = 3, .sigma = 1},
	{.name = "12 cores, slower past 20", .seconds = 120, .base = .16, .sigma = .5,
	    .service = {.cores = 12, .knee = 20, .thrash = .8}},
	{.name = "20 slots and a queue of 10, 8 ms", .seconds = 15, .base = .008, .sigma = .5,
	    .service = {.slots = {20}, .queue = 10}},
	{.name = "8 slots, dropped after 1 s", .seconds = 120, .base = .16, .sigma = .8,
	    .service = {.slots = {8}, .patience = 1}},
	{.name = "adds slots while busy, 6 to 40", .seconds = 240, .base = .16, .sigma = .6,
	    .service = {.slots = {6}, .grow = 5, .grow_max = 40}},
	{.name = "no limit, 8 ms, heavy tail", .seconds = 3, .base = .008, .sigma = 1},
	/* capacity that changes */
	{.name = "slots 10 to 40 and back, all the time", .seconds = 1200, .base = 3, .sigma = .6,
	    .service = {.slots = {10, {{300, 40}, {600, 10}}, .ramp = true, .period = 600}}},
	{.name = "slots 40, 8, 20; 8 ms", .seconds = 20, .base = .008, .sigma = .6,
	    .service = {.slots = {40, {{7, 8}, {14, 20}}}}},
	{.name = "30 slots, others come and go", .seconds = 180, .base = .16, .sigma = .8,
	    .others = {20, {{40, 120}, {90, 40}, {130, 150}}}, .service = {.slots = {30}}},
	{.name = "three times slower for a while, no limit", .seconds = 600, .base = 3, .sigma = .6,
	    .speed = {1, {{200, .33}, {400, 1}}}},
	{.name = "answers five times as long, 16 slots", .seconds = 240, .base = .16, .sigma = .6,
	    .length = {1, {{80, 5}}}, .service = {.slots = {16}}},
	/* quotas */
	{.name = "sliding 300/min, named", .seconds = 290, .base = .16, .sigma = .8,
	    .quota = {{.limit = {300}, .window = WINDOW_SLIDING, .seconds = 60, .named = true, .valued = true,
	        .hint = HINT_EXACT}}},
	{.name = "fixed 40/s, no hint, 8 ms", .seconds = 30, .base = .008, .sigma = .6,
	    .quota = {{.limit = {40}, .window = WINDOW_FIXED, .seconds = 1}}},
	{.name = "5/s, two at once, whole seconds", .seconds = 240, .base = .16, .sigma = .6,
	    .quota = {{.limit = {5}, .window = WINDOW_BUCKET, .seconds = 1, .burst = 2, .hint = HINT_ROUNDED}}},
	{.name = "tokens after the answer, 400k/min", .seconds = 1200, .base = 3, .sigma = .8,
	    .quota = {{.limit = {400e3}, .window = WINDOW_BUCKET, .seconds = 60, .burst = 40e3, .tokens = true,
	        .counted = COUNTED_AFTER, .named = true, .hint = HINT_EXACT}}},
	{.name = "90 calls and 60k tokens/min, fixed", .seconds = 1190, .base = 3, .sigma = .6,
	    .quota = {{.limit = {90}, .window = WINDOW_BUCKET, .seconds = 60, .burst = 30, .named = true,
	        .valued = true, .hint = HINT_EXACT},
	        {.limit = {60e3}, .window = WINDOW_COUNTER, .seconds = 60, .tokens = true, .named = true,
	        .valued = true, .hint = HINT_EXACT}}},
	{.name = "240/min, then 600, shared, no hint", .seconds = 480, .base = .16, .sigma = .6, .others = {1},
	    .quota = {{.limit = {240, {{200, 600}}}, .window = WINDOW_BUCKET, .seconds = 60, .burst = 20}}},
	{.name = "20/s, hint always 5 s", .seconds = 180, .base = .16, .sigma = .6,
	    .quota = {{.limit = {20}, .window = WINDOW_SLIDING, .seconds = 1, .hint = HINT_CONSTANT, .hint_s = 5}}},
	{.name = "600k tokens/min, fixed, no hint, no name", .seconds = 1190, .base = 3, .sigma = .6,
	    .quota = {{.limit = {600e3}, .window = WINDOW_FIXED, .seconds = 60, .tokens = true}}},
	{.name = "900/min that wanders, named", .seconds = 290, .base = .16, .sigma = .6,
	    .quota = {{.limit = {.value = 900, .wander = .3}, .window = WINDOW_COUNTER, .seconds = 60, .named = true,
	        .hint = HINT_EXACT}}},
	{.name = "6/min of 30 s calls, hints three times too long", .seconds = 7200, .base = 30, .sigma = .5,
	    .quota = {{.limit = {6}, .seconds = 60, .burst = 3, .hint = HINT_TIMES, .hint_s = 3}}},
	/* a cap on calls at once */
	{.name = "cap 10, 25, 6 by 429, 3 % fail", .seconds = 180, .base = .16, .sigma = .8,
	    .cap = {.calls = {10, {{60, 25}, {120, 6}}}, .status = 429}, .fault = {.chance = {.03}}},
	{.name = "cap 12 by 503 and 10 s, 30 s calls", .seconds = 7200, .base = 30, .sigma = .5,
	    .cap = {.calls = {12}, .status = 503, .hint = 10}},
	/* faults */
	{.name = "10 % fail late, 24 slots", .seconds = 120, .base = .16, .sigma = .8,
	    .service = {.slots = {24}}, .fault = {.chance = {.1}, .late = true}},
	{.name = "brown-out: 30 % fail, three times slower", .seconds = 900, .base = 3, .sigma = .6,
	    .speed = {1, {{300, .33}, {500, 1}}}, .service = {.slots = {40}},
	    .fault = {.chance = {0, {{300, .3}, {500, 0}}}}},
	{.name = "refuses connections for a minute", .seconds = 900, .base = 3, .sigma = .6,
	    .service = {.slots = {32}}, .fault = {.down = {0, {{300, 1}, {360, 0}}}, .lost = true}},
	{.name = "503 for the first 10 s", .seconds = 120, .base = .16, .sigma = .6,
	    .service = {.slots = {32}}, .fault = {.down = {1, {{10, 0}}}}},
	{.name = "3000 a day", .seconds = 120, .base = .16, .sigma = .8,
	    .service = {.slots = {24}}, .quota = {{.limit = {3000}, .day = true}}},
	{.name = "1 % never answered, 16 slots of 3 s", .seconds = 1800, .base = 3, .sigma = .6,
	    .service = {.slots = {16}}, .fault = {.hang = {.01}}},
	{.name = "down for 3 s, 8 ms", .seconds = 20, .base = .008, .sigma = .6,
	    .service = {.slots = {24}}, .fault = {.down = {0, {{8, 1}, {11, 0}}}}},
	/* demand */
	{.name = "20 calls/s, then all at once, 32 slots", .seconds = 180, .base = .16, .sigma = .8,
	    .service = {.slots = {32}}, .demand = {.rate = {20, {{90, 1e4}}}}},
	{.name = "1500 calls in all, no limit", .seconds = 600, .base = 3, .sigma = .8, .demand = {.total = 1500}},
};
/* clang-format on */

const struct half half_kept = {"kept", servers, sizeof servers / sizeof *servers};
