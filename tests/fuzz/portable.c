// SPDX-License-Identifier: MIT
/* The scanner as machines without SSE2 have it, under a name of its own. */
#define JSON_PORTABLE 1
#define json_scan json_scan_portable
#define json_scan_members json_scan_members_portable
#define json_wants_add json_wants_add_portable

#include "text/json_scan.c"
