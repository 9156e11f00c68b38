// SPDX-License-Identifier: MIT
/* All tables of servers, as they came. */
#include <stddef.h>

#include "server.h"

const struct half *const halves[] = {&half_tune, &half_kept, &half_field, &half_blind, NULL};
