/* Gives perf another /proc/schedstat, for kernels without one: $SCHEDSTAT once, then $SCHEDSTAT_LATER. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *other(const char *path)
{
	static int opened;

	if (strcmp(path, "/proc/sys/kernel/sched_schedstats") == 0)
		return "/dev/null";
	if (strcmp(path, "/proc/schedstat") != 0)
		return path;
	return getenv(opened++ ? "SCHEDSTAT_LATER" : "SCHEDSTAT");
}

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen");

	return next(other(path), mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	return fopen(path, mode);
}

#define OPEN(name)                                                                 \
	int name(const char *path, int flags, ...)                                 \
	{                                                                          \
		int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, #name);     \
		va_list rest;                                                      \
		int mode;                                                          \
                                                                                   \
		va_start(rest, flags);                                             \
		mode = va_arg(rest, int);                                          \
		va_end(rest);                                                      \
		return next(other(path), flags, mode);                             \
	}

OPEN(open)
OPEN(open64)
