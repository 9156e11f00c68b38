// SPDX-License-Identifier: MIT
/* object_edit: what is named changes, everything else keeps its bytes and its order. */
#include <string.h>

#include "record/object.h"
#include "json.h"
#include "tap.h"

static void
edit(const char *object, const struct object_member *members, size_t count, const char *expected,
    const char *name)
{
	struct json_value whole = value_of(object);
	struct buf out = {0};

	if (whole.kind == JSON_NONE) {
		ok(false, "%s: the test's object is not JSON", name);
		return;
	}
	buf_str(&out, "<");
	object_edit(&out, &whole, members, count);
	buf_drop(&out, 1);
	is_str(buf_view(&out), expected, name);
	buf_free(&out);
}

int
main(void)
{
	const struct object_member prompt = {"prompt", SLICE("\"hi\"")};
	const struct object_member gone = {"a", {0}};
	const struct object_member both[] = {{"split", SLICE("{}")}, {"text", SLICE("\"t\"")}};
	struct buf out = {0};

	edit("{}", &prompt, 1, "{\"prompt\":\"hi\"}", "a member is added to an empty object");
	edit(" { \"n\" : 1.50e+03 } ", &prompt, 1, "{\"n\" : 1.50e+03,\"prompt\":\"hi\"}",
	    "a new member comes last and others keep their bytes");
	edit("{\"a\":1,\"prompt\":null,\"z\":[1, 2]}", &prompt, 1,
	    "{\"a\":1,\"prompt\":\"hi\",\"z\":[1, 2]}", "a member is replaced where it stood");
	edit("{\"prompt\":1,\"b\":2,\"prompt\":3}", &prompt, 1, "{\"prompt\":\"hi\",\"b\":2}",
	    "a member that stood twice stands once");
	edit("{\"pr\\u006fmpt\":1}", &prompt, 1, "{\"prompt\":\"hi\"}",
	    "a name written with an escape is found");
	edit("{\"a\":1,\"b\":2}", &gone, 1, "{\"b\":2}", "a member is removed");
	edit("{\"a\":1}", &gone, 1, "{}", "the only member is removed");
	edit("{\"b\":2}", &gone, 1, "{\"b\":2}", "removing an absent member changes nothing");
	edit("{\"b\":{\"text\":0}}", both, 2, "{\"b\":{\"text\":0},\"split\":{},\"text\":\"t\"}",
	    "several are appended in their order, members of members stay");
	edit("{\"\\ud83d\\ude00\":9007199254740993,\"text\":\"\\u0000\"}", both, 1,
	    "{\"\\ud83d\\ude00\":9007199254740993,\"text\":\"\\u0000\",\"split\":{}}",
	    "escapes and large integers pass through");
	object_edit(&out, &(struct json_value){0}, &prompt, 1);
	is_str(buf_view(&out), "{\"prompt\":\"hi\"}", "no object counts as an empty one");
	buf_free(&out);
	return tap_done();
}
