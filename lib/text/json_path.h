// SPDX-License-Identifier: MIT
/*
 * Simple paths, run without libjq: . .a .a.b[0] ["k"] .["k"] .a[-1]? // literal
 *
 * The subset of jq that nearly all templates need, with jq's results: a
 * missing key or index is null, null stays null below it, and a step into a
 * value of the wrong kind is an error. `// literal` (a string without
 * interpolation, a number, true, false, null) stands in for null and false.
 * Numbers keep their bytes.
 * May call: base, text/json_scan, text/json_string.
 */
#ifndef TEXT_JSON_PATH_H
#define TEXT_JSON_PATH_H

#include "text/json_scan.h"

struct json_path; /* owned by the caller: json_path_free */

/* Compiles, or returns NULL when the expression is beyond the subset (or no jq at all). */
struct json_path *json_path_new(struct slice expression);
void json_path_free(struct json_path *path);

/*
 * Has json_scan hand out the members that the path goes through. The names in
 * the list are the path's. False when these will not do: json_path_get needs
 * the root.
 */
bool json_path_want(struct json_path *path, struct json_wants *wants);

/*
 * The value at the path below `root`, a value of an accepted text; absent and
 * null are both kind JSON_NULL with bytes "null". `wanted` is what json_scan
 * has handed out of it by the list of json_path_want; NULL: the path is
 * walked. Returns -1 with a static reason when a step does not fit the value's
 * kind, as jq would fail. The result borrows from root's text or from the path
 * (its literal).
 */
int json_path_get(const struct json_path *path, const struct json_value *root,
    const struct json_value *wanted, struct json_value *out, const char **reason);

#endif
