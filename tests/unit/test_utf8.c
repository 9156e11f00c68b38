// SPDX-License-Identifier: MIT
/* UTF-8: what is valid, what it means, and where a text may be cut. */
#include <string.h>

#include "tap.h"
#include "text/utf8.h"

static void
invalid(const char *text, size_t at, const char *name)
{
	ok(utf8_invalid(text, strlen(text)) == at, "%s: invalid at byte %zu", name, at);
}

static void
test_validation(void)
{
	invalid("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10, "valid text of all lengths is not");
	invalid(
	    "\xef\xbf\xbf\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80", 13, "nor are the last codes");
	invalid("ab\xff", 2, "ff");
	invalid("\xc0\x80", 0, "an overlong NUL");
	invalid("\xe0\x9f\xbf", 0, "an overlong sequence of three");
	invalid("\xf0\x8f\xbf\xbf", 0, "an overlong sequence of four");
	invalid("x\xed\xa0\x80", 1, "a surrogate");
	invalid("\xf4\x90\x80\x80", 0, "beyond U+10FFFF");
	invalid("\xe6\x97", 0, "a sequence cut short");
	invalid("\xe6\x97z", 0, "a sequence broken off");
	invalid("\x80", 0, "a tail alone");
	ok(utf8_invalid("\xe6\x97\xa5", 2) == 0, "the end is the end given");
}

/* Every code point there is, encoded and decoded. */
static void
test_every_code_point(void)
{
	struct buf b = {0};
	uint32_t bad = 0;

	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		const char *p;
		uint32_t expected = code - 0xd800 < 0x800 ? 0xfffd : code;

		buf_reset(&b);
		utf8_put(&b, code);
		p = b.data;
		bad += utf8_length(p, p + b.len) != b.len || utf8_next(&p) != expected ||
		       p != b.data + b.len;
	}
	ok(bad == 0, "each code point survives, a surrogate becomes U+FFFD");
	buf_free(&b);
}

static void
test_cuts(void)
{
	static const struct {
		uint32_t before, after;
		size_t flags;
		bool may;
		const char *name;
	} cuts[] = {{'a', 'b', 0, true, "letters"}, {'\r', '\n', 0, false, "CR LF"},
	    {'\n', '\r', 0, true, "LF CR"}, {'\n', '\n', 0, true, "two newlines"},
	    {'e', 0x301, 0, false, "a combining accent"}, {0x928, 0x93f, 0, false, "a vowel sign"},
	    {0x98f, 0x9e2, 0, false, "a Bengali vowel sign"},
	    {0x2764, 0xfe0f, 0, false, "a variation selector"},
	    {0x1f468, 0x200d, 0, false, "before a joiner"},
	    {0x200d, 0x1f469, 0, false, "behind it"},
	    {0x1f44d, 0x1f3fd, 0, false, "an emoji modifier"},
	    {0x1f600, 0x1f600, 0, true, "two emoji"},
	    {0x1f1e9, 0x1f1ea, 1, false, "the halves of a flag"},
	    {0x1f1ea, 0x1f1eb, 2, true, "two flags"},
	    {0x1112, 0x1161, 0, false, "a Hangul syllable"},
	    {0xd558, 0x11ab, 0, false, "its final consonant"},
	    {0xd55c, 0xae00, 0, true, "two Hangul syllables"}, {0x4e00, 0x4e8c, 0, true, "Chinese"},
	    {0x1f3f4, 0xe0067, 0, false, "a flag of tags"},
	    {'a', 0x2019, 0, true, "a quotation mark"}};

	for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
		ok(utf8_may_cut(cuts[i].before, cuts[i].after, cuts[i].flags) == cuts[i].may,
		    "%s: %s", cuts[i].name, cuts[i].may ? "may be cut" : "stays together");
}

int
main(void)
{
	test_validation();
	test_every_code_point();
	test_cuts();
	return tap_done();
}
