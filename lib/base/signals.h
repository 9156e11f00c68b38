// SPDX-License-Identifier: MIT
/*
 * Signals that end a program, as a readable descriptor; and to die by one.
 *
 * A program that drains before it ends takes INT, TERM and HUP in its event
 * loop, and then dies by the signal, so that the shell sees what happened. A
 * signal that the parent has ignored (nohup) stays ignored.
 * May call: base/cli's statuses.
 */
#ifndef BASE_SIGNALS_H
#define BASE_SIGNALS_H

int signals_open(int also); /* of them and this signal, 0: none; non-blocking; -1 with errno */
int signals_read(int fd);   /* the number of the next one, or 0 */

/* INT and HUP wait for the release: what a draining program still writes is read to its end. */
void signals_defer(void);

/* From here on each ends the program at once, one that has waited too. */
void signals_release(void);

/* The last act of main: exits, or dies by the signal when the status is 128 + its number. */
_Noreturn void signals_exit(int status);

#endif
