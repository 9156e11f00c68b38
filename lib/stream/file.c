// SPDX-License-Identifier: MIT
/* stat(2) compared, and pread(2) until all is there. */
#include "stream/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool
file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

bool
file_mixes(int a, int b)
{
	struct stat of_a, of_b;

	return !fstat(a, &of_a) && !fstat(b, &of_b) && file_is_same(&of_a, &of_b) &&
	       !S_ISCHR(of_a.st_mode);
}

bool
file_holds_other(const char *path, const char *begin)
{
	struct buf bytes = {0};
	struct stat st;
	int fd;
	bool other;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return false;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	other = fd < 0 || file_read_at(fd, 0, strlen(begin), &bytes) ||
		!slice_is(buf_view(&bytes), begin);
	if (fd >= 0)
		close(fd);
	buf_free(&bytes);
	return other;
}

int
file_read_at(int fd, uint64_t offset, size_t n, struct buf *out)
{
	char *to = buf_room(out, n);
	size_t done = 0;

	while (done < n) {
		ssize_t got = pread(fd, to + done, n - done, (off_t)(offset + done));

		if (got < 0 && errno != EINTR)
			return -1;
		if (got == 0) { /* somebody has cut it */
			errno = EIO;
			return -1;
		}
		done += got > 0 ? (size_t)got : 0;
	}
	buf_filled(out, n);
	return 0;
}
