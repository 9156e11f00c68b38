// SPDX-License-Identifier: MIT
/* RFC 4180: rows into objects. */
#include <string.h>

#include "tap.h"
#include "text/csv.h"

/* The object of the row below the header, or "no header: reason", or "no: reason". */
static void
row(const char *header, char separator, const char *text, const char *expected, const char *name)
{
	struct csv_header h;
	struct buf out = {0}, reason = {0};

	if (csv_header_read(&h, separator, slice_of(header), &reason))
		buf_printf(&out, "no header: %s", buf_view(&reason).p);
	else if (csv_object(&h, slice_of(text), &out, &reason))
		buf_printf(&out, "%sno: %s", buf_view(&out).p, buf_view(&reason).p);
	is_str(buf_view(&out), expected, name);
	csv_header_free(&h);
	buf_free(&out);
	buf_free(&reason);
}

static void
test_rows(void)
{
	row("a,b", ',', "1,2", "{\"a\":\"1\",\"b\":\"2\"}", "every value is a string");
	row("a,b", ',', ",", "{\"a\":\"\",\"b\":\"\"}", "empty fields");
	row("a", ',', "", "{\"a\":\"\"}", "one empty field");
	row("a,b", ',', "\"x,y\",\"\"", "{\"a\":\"x,y\",\"b\":\"\"}", "a quoted separator");
	row("a", ',', "\"l1\r\nl2\"", "{\"a\":\"l1\\r\\nl2\"}", "a quoted newline");
	row("a", ',', "\"say \"\"hi\"\"\"", "{\"a\":\"say \\\"hi\\\"\"}", "doubled quotes");
	row("a", ',', "\"\"\"\"", "{\"a\":\"\\\"\"}", "a field that is one quote");
	row("a", ',', "5\" pipe", "{\"a\":\"5\\\" pipe\"}", "a quote inside an unquoted field");
	row("a,b", ',', " x , y ", "{\"a\":\" x \",\"b\":\" y \"}", "blanks belong to the field");
	row("a\tb", '\t', "x,y\t\"\t\"", "{\"a\":\"x,y\",\"b\":\"\\t\"}", "tabs");
	row("\"a \"\"b\"\"\",\xc3\xa4", ',', "\\n,\x01",
	    "{\"a \\\"b\\\"\":\"\\\\n\",\"\xc3\xa4\":\"\\u0001\"}", "names and values are escaped");
}

static void
test_rejected(void)
{
	row("a,b", ',', "1", "no: a row of 1 fields under a header of 2", "too few fields");
	row("a,b", ',', "1,2,3,", "no: a row of 4 fields under a header of 2", "too many fields");
	row("a", ',', "\"x", "no: a quote is not closed", "an open quote");
	row("a", ',', "\"x\"y", "no: text behind a closing quote", "text behind a quote");
	row("a,b", ',', "x,\xff", "no: invalid UTF-8 at byte 3 of the row", "invalid UTF-8");
	row("a,", ',', "", "no header: column 2 has no name", "an empty name");
	row("", ',', "", "no header: column 1 has no name (of pandas: to_csv(index=False))", "an empty header");
	row("a,b,\"a\"", ',', "", "no header: column 3 has the name of column 1", "a name twice");
	row("\"a", ',', "", "no header: a quote is not closed", "an open quote in the header");
	row("\xff", ',', "", "no header: invalid UTF-8 at byte 1 of the row",
	    "invalid UTF-8 in it");
}

int
main(void)
{
	test_rows();
	test_rejected();
	return tap_done();
}
