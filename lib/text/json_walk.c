// SPDX-License-Identifier: MIT
/*
 * Walking over values that json_scan has accepted: nothing is checked again, a
 * value is skipped by counting brackets outside strings.
 */
#include <stdlib.h>
#include <string.h>

#include "text/json_scan.h"
#include "text/json_string.h"

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

static const char *
skip_container(const char *p)
{
	size_t depth = 0;

	do {
		if (*p == '"')
			p = json_closing_quote(p);
		depth += *p == '{' || *p == '[';
		depth -= *p == '}' || *p == ']';
		p++;
	} while (depth);
	return p;
}

static const char *
skip_word(const char *p, const char *end)
{
	while (p < end && !strchr(" \t\r\n,]}", *p))
		p++;
	return p;
}

static const char *
take(const char *p, const char *end, struct json_value *out)
{
	const char *start = p;

	out->p = p;
	out->flags = 0;
	switch (*p) {
	case '{':
		out->kind = JSON_OBJECT;
		p = skip_container(p);
		break;
	case '[':
		out->kind = JSON_ARRAY;
		p = skip_container(p);
		break;
	case '"':
		out->kind = JSON_STRING;
		p = json_closing_quote(p) + 1;
		out->flags = memchr(start, '\\', (size_t)(p - start)) ? JSON_ESCAPED : 0;
		break;
	case 't':
		out->kind = JSON_TRUE;
		p += 4;
		break;
	case 'f':
		out->kind = JSON_FALSE;
		p += 5;
		break;
	case 'n':
		out->kind = JSON_NULL;
		p += 4;
		break;
	default:
		out->kind = JSON_NUMBER;
		p = skip_word(p, end);
		break;
	}
	out->n = (size_t)(p - start);
	return p;
}

struct json_iter
json_iter(const struct json_value *container)
{
	if (container->kind != JSON_OBJECT && container->kind != JSON_ARRAY)
		return (struct json_iter){NULL, NULL};
	return (struct json_iter){container->p + 1, container->p + container->n - 1};
}

bool
json_next(struct json_iter *it, struct json_value *key, struct json_value *value)
{
	const char *p = skip_blanks(it->p, it->end);

	*key = (struct json_value){0};
	if (p < it->end && *p == ',')
		p = skip_blanks(p + 1, it->end);
	if (p >= it->end)
		return false;
	p = skip_blanks(take(p, it->end, value), it->end);
	if (p < it->end && *p == ':') {
		*key = *value;
		p = take(skip_blanks(p + 1, it->end), it->end, value);
	}
	it->p = p;
	return true;
}

struct json_value
json_get(const struct json_value *object, const char *name)
{
	struct json_iter it = json_iter(object);
	struct json_value key, value, found = {0};

	if (object->kind != JSON_OBJECT)
		return found;
	while (json_next(&it, &key, &value)) {
		if (json_string_is(&key, name))
			found = value;
	}
	return found;
}

struct json_value
json_at(const struct json_value *array, size_t index)
{
	struct json_iter it = json_iter(array);
	struct json_value key, value;

	if (array->kind != JSON_ARRAY)
		return (struct json_value){0};
	while (json_next(&it, &key, &value)) {
		if (index-- == 0)
			return value;
	}
	return (struct json_value){0};
}

size_t
json_count(const struct json_value *container)
{
	struct json_iter it = json_iter(container);
	struct json_value key, value;
	size_t count = 0;

	while (json_next(&it, &key, &value))
		count++;
	return count;
}

struct slice
json_inside(const struct json_value *string)
{
	if (string->kind != JSON_STRING)
		return (struct slice){0};
	return (struct slice){string->p + 1, string->n - 2};
}

bool
json_string_is(const struct json_value *string, const char *text)
{
	struct buf decoded = {0};
	bool equal;

	if (!(string->flags & JSON_ESCAPED))
		return slice_is(json_inside(string), text);
	json_unescape(&decoded, json_inside(string));
	equal = slice_is(buf_view(&decoded), text);
	buf_free(&decoded);
	return equal;
}

/* With a fraction or an exponent. */
static int64_t
int_of_real(const struct json_value *number, int64_t otherwise)
{
	char text[64];
	double value;

	if (number->n >= sizeof text)
		return otherwise;
	memcpy(text, number->p, number->n);
	text[number->n] = '\0';
	value = strtod(text, NULL);
	return value > -0x1p63 && value < 0x1p63 ? (int64_t)value : otherwise;
}

int64_t
json_int(const struct json_value *number, int64_t otherwise)
{
	int64_t value = 0;
	size_t i = 0;

	if (number->kind != JSON_NUMBER)
		return otherwise;
	if (number->p[0] == '-')
		i++;
	for (; i < number->n && number->p[i] >= '0' && number->p[i] <= '9'; i++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, number->p[i] - '0', &value))
			return otherwise;
	}
	if (i < number->n)
		return int_of_real(number, otherwise);
	return number->p[0] == '-' ? -value : value;
}

int64_t
json_natural(const struct json_value *number)
{
	bool digits = number->kind == JSON_NUMBER && strspn(number->p, "0123456789") == number->n;

	return digits ? json_int(number, -1) : -1;
}

const char *
json_kind_name(enum json_kind kind)
{
	switch (kind) {
	case JSON_NONE: return "absent";
	case JSON_NULL: return "null";
	case JSON_FALSE:
	case JSON_TRUE: return "a boolean";
	case JSON_NUMBER: return "a number";
	case JSON_STRING: return "a string";
	case JSON_ARRAY: return "an array";
	case JSON_OBJECT: return "an object";
	}
	return "";
}
