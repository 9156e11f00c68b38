// SPDX-License-Identifier: MIT
/*
 * Names of members that were met before: the guess which one comes next.
 *
 * Records of one kind repeat their names in one order, so each name remembers
 * which one came behind it the last time, and a name that comes where it is
 * expected is one comparison of sixteen bytes. One that does not is looked up,
 * in one of four places that follow from its letters. A wrong guess costs
 * time and nothing else: what is compared is the whole name with its colon.
 * Inline, and for json_scan's eyes only. Without SSE2 no name is known.
 * May call: text/simd.
 */
#ifndef TEXT_JSON_NAMES_H
#define TEXT_JSON_NAMES_H

#include <string.h>

#include "text/json_scan.h"
#include "text/simd.h"

struct name_chain {
	struct json_name *known; /* NULL: nothing is remembered */
	unsigned last;           /* the place of the name before */
	unsigned expected;       /* of the one that came behind it the last time */
};

static inline struct name_chain
name_chain(struct json_names *names)
{
	return (struct name_chain){
	    names ? names->known : NULL, 0, names ? names->known[0].next : 0};
}

/* With two, half of all sets of thirty names have three that drive each other out. */
#define NAME_PLACES 4

/*
 * The first place of the name whose first quote is at p and whose next one is n behind; the
 * others are that one ^ 1, 2 and 3.
 */
static inline unsigned
place_of_name(const char *p, size_t n)
{
	unsigned first = (unsigned char)p[1], middle = (unsigned char)p[n / 2];

	return (first + middle * 3 + (unsigned char)p[n - 1] * 11 + (unsigned)n * 5) % JSON_NAMES;
}

static inline const struct json_name *
name_follow(struct name_chain *c, unsigned place)
{
	c->known[c->last].next = (unsigned char)place;
	c->last = place;
	c->expected = c->known[place].next;
	return &c->known[place];
}

#ifdef TEXT_SSE2

/* Does that name stand at p, with its colon? A free place has a kind of object that is none. */
static inline bool
name_is(const struct json_name *name, const char *p, unsigned inside)
{
	return name->in == inside && !(~same16(p, name->bytes) & name->mask);
}

/* The name at p that is not the expected one, if it is known. */
static inline const struct json_name *
name_find(struct name_chain *c, const char *p, unsigned inside)
{
	/* no name: this may be the end of the text, from where on JSON_PAD bytes are there */
	unsigned closing = *p == '"' ? equal16(load16(p + 1), '"') : 0, place;

	if (!closing)
		return NULL;
	place = place_of_name(p, 1 + (unsigned)__builtin_ctz(closing));
	for (unsigned i = 0; i < NAME_PLACES; i++) {
		if (name_is(&c->known[place ^ i], p, inside))
			return name_follow(c, place ^ i);
	}
	return NULL;
}

/* The name at p, or NULL. */
static inline const struct json_name *
name_known(struct name_chain *c, const char *p, unsigned inside)
{
	if (!c->known)
		return NULL;
	if (!name_is(&c->known[c->expected], p, inside))
		return name_find(c, p, inside);
	c->last = c->expected;
	c->expected = c->known[c->last].next;
	return &c->known[c->last];
}

#else

static inline const struct json_name *
name_known(struct name_chain *c, const char *p, unsigned inside)
{
	(void)c, (void)p, (void)inside;
	return NULL;
}

#endif

/* The name from its quote to its colon is known from now on, unless it is long. */
__attribute__((noinline)) static void
name_learn(struct name_chain *c, struct slice text, unsigned inside, unsigned want)
{
	struct json_name *name;
	unsigned place, i = 0;

	if (!c->known || text.n > sizeof name->bytes)
		return;
	place = place_of_name(text.p, 1 + strcspn(text.p + 1, "\""));
	while (i < NAME_PLACES - 1 && c->known[place ^ i].n)
		i++;
	name = &c->known[place ^= i];
	*name = (struct json_name){.mask = (1U << text.n) - 1,
	    .n = (unsigned char)text.n,
	    .in = (unsigned char)inside,
	    .want = (unsigned char)want,
	    .next = (unsigned char)place};
	memcpy(name->bytes, text.p, text.n);
	name_follow(c, place);
}

#endif
