// SPDX-License-Identifier: MIT
/* One function for each kind of verb, and the table that names them all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/num.h"
#include "wire/verb.h"

#define HEAD_LINES "Content-Type: application/json; charset=UTF-8\r\n"
#define ANSWER_BEGIN "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""
#define ANSWER_END \
	"\"}],\"role\":\"model\"},\"finishReason\":\"STOP\",\"index\":0}]," \
	"\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":2," \
	"\"totalTokenCount\":6},\"modelVersion\":\"gemini-flash-latest\"}"

int
verb_fail(struct verb *v, const char *why)
{
	buf_printf(v->reason, "'%s': %s", v->args.p, why);
	return -1;
}

/* The next word of the arguments as a number; -1 when there is none. */
int64_t
verb_number(struct verb *v)
{
	struct buf word = {0};
	const char *space = memchr(v->args.p, ' ', v->args.n);
	size_t n = space ? (size_t)(space - v->args.p) : v->args.n;
	int64_t number = -1;

	buf_add(&word, v->args.p, n);
	if (num_count(word.data, &number))
		number = -1;
	buf_free(&word);
	n += space != NULL;
	v->args.p += n;
	v->args.n -= n;
	return number;
}

static void
answer_text(const struct verb *v, struct buf *out)
{
	buf_str(out, ANSWER_BEGIN);
	buf_slice(out, v->args.n ? v->args : SLICE("fine"));
	buf_str(out, ANSWER_END);
}

static int
verb_answer(struct verb *v, int n)
{
	struct buf text = {0};

	(void)n;
	answer_text(v, &text);
	script_text(v->script, buf_view(&text), v->h2);
	buf_free(&text);
	return 0;
}

static int
verb_status(struct verb *v, int status)
{
	struct step *step;

	if (v->h2) {
		verb_headers(v, status);
		return 0;
	}
	step = script_add(v->script, STEP_BYTES);
	buf_printf(
	    &step->bytes, "HTTP/1.1 %d %s\r\n" HEAD_LINES, status, status == 200 ? "OK" : "Status");
	buf_slice(&step->bytes, v->args);
	if (v->args.n)
		buf_str(&step->bytes, "\r\n");
	return 0;
}

static int
verb_ok(struct verb *v, int n)
{
	struct buf text = {0};

	(void)n;
	answer_text(v, &text);
	v->args = SLICE("");
	verb_status(v, 200);
	if (!v->h2) /* not of what may follow it, as [body] would */
		buf_printf(&script_add(v->script, STEP_BYTES)->bytes, "Content-Length: %zu\r\n\r\n",
		    text.len);
	script_text(v->script, buf_view(&text), v->h2);
	if (v->h2)
		verb_end_stream(v);
	buf_free(&text);
	return 0;
}

static int
verb_end(struct verb *v, int n)
{
	(void)n;
	if (v->h2)
		verb_end_stream(v);
	else
		buf_str(&script_add(v->script, STEP_END)->bytes, "\r\n");
	return 0;
}

/* A verb that is a step of its own. */
static int
verb_step(struct verb *v, int kind)
{
	struct step *step = script_add(v->script, (enum step_kind)kind);

	if (kind != STEP_WAIT && kind != STEP_AFTER && kind != STEP_DRIP)
		return v->args.n ? verb_fail(v, "the verb takes no argument") : 0;
	step->n = verb_number(v);
	return step->n < 0 ? verb_fail(v, "the verb takes a number") : 0;
}

static int
verb_early(struct verb *v, int head)
{
	if (v->script->count)
		return verb_fail(v, "the verb stands at the beginning");
	v->script->early = !head;
	v->script->head = head;
	return 0;
}

static int
verb_repeat(struct verb *v, int n)
{
	int64_t times = verb_number(v);

	(void)n;
	if (times < 0 || !v->args.n)
		return verb_fail(v, "a number and a text are wanted");
	script_text(v->script, v->args, v->h2);
	v->script->steps[v->script->count - 1].times = (size_t)times;
	return 0;
}

static int
verb_cut(struct verb *v, int n)
{
	int64_t bytes = verb_number(v);
	struct step *last = v->script->count ? &v->script->steps[v->script->count - 1] : NULL;

	(void)n;
	if (!last || bytes < 0 || (size_t)bytes > last->bytes.len)
		return verb_fail(v, "so many bytes do not stand before it");
	last->cut = (size_t)bytes;
	return 0;
}

static int
verb_file(struct verb *v, int n)
{
	FILE *file = fopen(v->args.p, "rb");
	struct buf text = {0};
	size_t got;

	(void)n;
	if (!file)
		return verb_fail(v, strerror(errno));
	while ((got = fread(buf_room(&text, BUFSIZ), 1, BUFSIZ, file)) > 0)
		text.len += got;
	fclose(file);
	script_text(v->script, buf_view(&text), v->h2);
	buf_free(&text);
	return 0;
}

static int
verb_elsewhere(struct verb *v, int n)
{
	const char *url = getenv("GOOGLE_GEMINI_BASE_URL");

	(void)n;
	if (!url)
		return verb_fail(v, "there is no server around this one");
	script_text(v->script, slice_of(url), v->h2);
	return 0;
}

static const struct {
	const char *name;
	int (*add)(struct verb *v, int n);
	int n;
} verbs[] = {
    {"ok", verb_ok, 0},
    {"answer", verb_answer, 0},
    {"body", verb_step, STEP_HEAD_LENGTH},
    {"chunk", verb_step, STEP_CHUNK_LENGTH},
    {"end", verb_end, 0},
    {"cut", verb_cut, 0},
    {"repeat", verb_repeat, 0},
    {"file", verb_file, 0},
    {"elsewhere", verb_elsewhere, 0},
    {"wait", verb_step, STEP_WAIT},
    {"drip", verb_step, STEP_DRIP},
    {"after", verb_step, STEP_AFTER},
    {"early", verb_early, 0},
    {"head", verb_early, 1},
    {"close", verb_step, STEP_CLOSE},
    {"drop", verb_step, STEP_DROP},
    {"reset", verb_step, STEP_RESET},
    {"hang", verb_step, STEP_HANG},
    {"rst", verb_rst, 0},
    {"goaway", verb_goaway, 0},
    {"ping", verb_ping, 0},
    {"frame", verb_frame, 0},
};

int
script_verb(
    struct script *s, const char *name, const char *args, size_t n, bool h2, struct buf *reason)
{
	struct verb v = {s, {args, n}, h2, reason};
	int64_t status;

	if (num_count(name, &status) == 0)
		return verb_status(&v, (int)status);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return verbs[i].add(&v, verbs[i].n);
	}
	buf_printf(reason, "no verb '%s'", name);
	return -1;
}
