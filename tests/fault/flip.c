// SPDX-License-Identifier: MIT
/* Copies standard input, with one bit turned over: flip BYTE BIT. */
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	long at = argc == 3 ? atol(argv[1]) : -1;
	int c;

	for (long i = 0; (c = getchar()) != EOF; i++)
		putchar(i == at ? c ^ 1 << atoi(argv[2]) : c);
	return at < 0 || fflush(stdout) ? 2 : 0;
}
