// SPDX-License-Identifier: MIT
/* Written at its end, read anywhere: pwrite and pread. */
#include "stream/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "stream/file.h"

const char *
spill_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder ? folder : "/tmp";
}

/* A file system without O_TMPFILE gets a file whose name is removed at once. */
static int
open_named(void)
{
	struct buf name = {0};
	int fd;

	buf_printf(&name, "%s/gem.XXXXXX", spill_folder());
	fd = mkostemp(name.data, O_CLOEXEC);
	if (fd >= 0)
		unlink(name.data);
	buf_free(&name);
	return fd;
}

static int
open_file(struct spill *s)
{
	if (s->open)
		return 0;
	s->fd = open(spill_folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0)
		s->fd = open_named();
	s->open = s->fd >= 0;
	return s->open ? 0 : -1;
}

void
spill_free(struct spill *s)
{
	if (s->open)
		close(s->fd);
	*s = (struct spill){0};
}

int
spill_add(struct spill *s, struct slice bytes, uint64_t *offset)
{
	size_t done = 0;

	if (open_file(s))
		return -1;
	while (done < bytes.n) {
		ssize_t n = pwrite(s->fd, bytes.p + done, bytes.n - done, (off_t)(s->end + done));

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	*offset = s->end;
	s->end += bytes.n;
	s->held++;
	return 0;
}

void
spill_drop(struct spill *s)
{
	if (--s->held)
		return;
	s->end = 0;
	if (ftruncate(s->fd, 0))
		return; /* then what is written next goes over it */
}

int
spill_read(const struct spill *s, uint64_t offset, size_t n, struct buf *out)
{
	return file_read_at(s->fd, offset, n, out);
}
