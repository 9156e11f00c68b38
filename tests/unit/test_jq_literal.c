// SPDX-License-Identifier: MIT
/*
 * A libjq that keeps the digits of numbers, as 1.7 and later do: theirs are used
 * where they are there. Here they are stand-ins, which the linker prefers.
 */
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "text/jq.h"
#include "text/jq_value.h"

/* The value of each number with digits, and the digits of the last one. */
#define STAND_IN 17.5
static char digits[64];

jv jv_number_with_literal(const char *text);
int jv_number_has_literal(jv number);

jv
jv_number_with_literal(const char *text)
{
	snprintf(digits, sizeof digits, "%s", text);
	return jv_number(STAND_IN);
}

int
jv_number_has_literal(jv number)
{
	return jv_number_value(number) == STAND_IN;
}

jv
jv_dump_string(jv value, int flags)
{
	(void)flags;
	jv_free(value);
	return jv_string(digits);
}

static void
keeps(const char *text)
{
	struct jq_builder *builder = calloc(1, sizeof *builder);
	struct buf reason = {0}, out = {0};
	jv value;

	ok(jq_build(builder, slice_of(text), &value, &reason) == 0 && builder->losses == 0,
	    "%s loses nothing", text);
	jq_print(&out, value);
	is_str(buf_view(&out), text, "and is printed as it came");
	jv_free(value);
	jq_builder_free(builder);
	free(builder);
	buf_free(&out);
}

int
main(void)
{
	keeps("9007199254740993");
	keeps("-123456789012345678901234567890.5");
	keeps("1e1000");
	keeps("[1.5,12345678901234567890,15]");
	return tap_done();
}
