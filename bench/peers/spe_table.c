/*
 * Counts the packets of a file of bare Arm SPE bytes with one table by header byte, as a plain C
 * program would, and prints packets and bytes of each kind.
 *
 *   spe_table FILE
 *
 * gcc -O2 spe_table.c
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 65536, LONGEST = 18 };

enum kind {
	BAD, CUT, PAD, END, TIMESTAMP, EVENTS, DATA_SOURCE, CONTEXT, OPERATION, ALIGNMENT,
	ADDRESS, COUNTER = ADDRESS + 32, KINDS = COUNTER + 32
};

static const char *const names[KINDS] = {
	[BAD] = "BAD", [CUT] = "CUT", [PAD] = "PAD", [END] = "END", [TIMESTAMP] = "TIMESTAMP",
	[EVENTS] = "EVENTS", [DATA_SOURCE] = "DATA-SOURCE", [CONTEXT] = "CONTEXT",
	[OPERATION] = "OPERATION", [ALIGNMENT] = "ALIGNMENT",
	[ADDRESS] = "PC", [ADDRESS + 1] = "TARGET", [ADDRESS + 2] = "VA", [ADDRESS + 3] = "PA",
	[ADDRESS + 4] = "PREVIOUS-TARGET",
	[COUNTER] = "TOTAL-LATENCY", [COUNTER + 1] = "ISSUE-LATENCY",
	[COUNTER + 2] = "TRANSLATION-LATENCY",
};

/* By header byte; a size of 0 is an extended header, whose second byte decides. */
static uint8_t kind_of[256], size_of[256];

static uint64_t packets[KINDS], bytes[KINDS];

static void fill_tables(void)
{
	int header;

	for (header = 0; header < 256; header++) {
		int payload = 1 << (header >> 4 & 3), kind = BAD;

		if (header == 0x00)
			kind = PAD, payload = 0;
		else if (header == 0x01)
			kind = END, payload = 0;
		else if (header == 0x71)
			kind = TIMESTAMP;
		else if ((header & 0xcf) == 0x42)
			kind = EVENTS;
		else if ((header & 0xcf) == 0x43)
			kind = DATA_SOURCE;
		else if ((header & 0xfc) == 0x64)
			kind = CONTEXT;
		else if ((header & 0xfc) == 0x48)
			kind = OPERATION;
		else if ((header & 0xf8) == 0xb0)
			kind = ADDRESS + (header & 7);
		else if ((header & 0xf8) == 0x98)
			kind = COUNTER + (header & 7);
		kind_of[header] = kind;
		size_of[header] = (header & 0xfc) == 0x20 ? 0 : kind == BAD ? 1 : 1 + payload;
	}
}

static unsigned extended(const uint8_t *at, uint64_t position, unsigned *kind)
{
	unsigned index = (at[0] & 3) << 3 | (at[1] & 7), alignment = 2u << (at[0] & 0xf);

	*kind = ALIGNMENT;
	if (at[1] == 0)
		return alignment - (position & (alignment - 1));
	*kind = ADDRESS + index;
	if ((at[1] & 0xf8) == 0xb0)
		return 10;
	*kind = COUNTER + index;
	if ((at[1] & 0xf8) == 0x98)
		return 4;
	*kind = BAD;
	return 1;
}

static void add(unsigned kind, uint64_t count, unsigned size)
{
	packets[kind] += count;
	bytes[kind] += count * size;
}

/* Counts up to `end`, or in front of a packet that may end behind it; `start` is its position. */
static const uint8_t *count(const uint8_t *at, const uint8_t *end, uint64_t start, int is_last)
{
	uint32_t by_header[256] = { 0 };
	const uint8_t *begin = at;
	unsigned header, kind, size;

	while (end - at >= LONGEST) {
		by_header[*at]++;
		size = size_of[*at];
		if (!size) {
			size = extended(at, start + (at - begin), &kind);
			add(kind, 1, size);
		}
		at += size;
	}
	for (header = 0; header < 256; header++)
		add(kind_of[header], by_header[header], size_of[header]);
	while (is_last && at < end) {
		kind = kind_of[*at];
		size = size_of[*at];
		if (!size && end - at > 1)
			size = extended(at, start + (at - begin), &kind);
		if (!size || size > end - at)
			kind = CUT, size = end - at;
		add(kind, 1, size);
		at += size;
	}
	return at;
}

int main(int argc, char **argv)
{
	static uint8_t buffer[PIECE + LONGEST];
	const uint8_t *at;
	uint64_t position = 0;
	size_t rest = 0;
	ssize_t got;
	int file, kind;

	if (argc != 2 || (file = open(argv[1], O_RDONLY)) < 0) {
		fprintf(stderr, "Expected a file\n");
		return 2;
	}
	fill_tables();
	do {
		got = read(file, buffer + rest, PIECE - rest);
		if (got < 0)
			return 2;
		at = count(buffer, buffer + rest + got, position, got == 0);
		position += at - buffer;
		rest = buffer + rest + got - at;
		memmove(buffer, at, rest);
	} while (got > 0);
	for (kind = 0; kind < KINDS; kind++)
		if (packets[kind])
			printf("%s %" PRIu64 " %" PRIu64 "\n", names[kind] ? names[kind] : "OTHER",
			       packets[kind], bytes[kind]);
	return 0;
}
