// SPDX-License-Identifier: MIT
/* SIGALRM, at each tick of CPU time. */
#include "text/jq_watch.h"

#include <unistd.h>

static _Noreturn void
give_up(const struct jq_shared *shared)
{
	static const char line[] = "gem: a jq program cannot be stopped: it takes too long\n";
	ssize_t ignored;

	if (shared->last_act)
		shared->last_act(shared->context);
	ignored = write(STDERR_FILENO, line, sizeof line - 1);
	(void)ignored;
	_exit(2);
}

static void
tick(int number, siginfo_t *info, void *ignored)
{
	struct jq_watch *w = info->si_value.sival_ptr;

	(void)number;
	(void)ignored;
	if (info->si_code != SI_TIMER || !w->running)
		return;
	w->ticks++;
	if (w->ticks > JQ_WATCH_TICKS * JQ_WATCH_HARD_FACTOR)
		give_up(w->shared);
	if (w->ticks > JQ_WATCH_TICKS && !jq_halted(w->jq)) {
		w->too_long = true;
		jq_halt(w->jq, jv_invalid(), jv_invalid());
	}
}

int
jq_watch_start(struct jq_watch *w, const struct jq_shared *shared, int64_t limit_ms)
{
	int64_t tick_ns = limit_ms * 1000000 / JQ_WATCH_TICKS;
	struct timespec each = {tick_ns / 1000000000, tick_ns % 1000000000};
	struct sigaction action = {.sa_sigaction = tick, .sa_flags = SA_SIGINFO | SA_RESTART};
	struct sigevent event = {
	    .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM, .sigev_value.sival_ptr = w};
	sigset_t alarm;

	w->shared = shared;
	sigemptyset(&action.sa_mask);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	/* a parent may have left it blocked */
	if (sigaction(SIGALRM, &action, NULL) || sigprocmask(SIG_UNBLOCK, &alarm, NULL) ||
	    timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &w->timer))
		return -1;
	w->set = true;
	return timer_settime(w->timer, 0, &(struct itimerspec){each, each}, NULL);
}

void
jq_watch_end(struct jq_watch *w)
{
	if (w->set)
		timer_delete(w->timer);
}

void
jq_watch_record(struct jq_watch *w, jq_state *jq)
{
	w->jq = jq;
	w->ticks = 0;
	w->too_long = false;
	w->trap.assertion = NULL;
}

jv
jq_watch_next(struct jq_watch *w)
{
	jv result;

	if (setjmp(w->trap.out)) {
		result = jv_invalid();
	} else {
		assertion_catch(&w->trap);
		w->running = true;
		result = jq_next(w->jq);
	}
	w->running = false;
	assertion_catch(NULL);
	return result;
}
