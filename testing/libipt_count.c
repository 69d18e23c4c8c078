/*
 * Prints the version of libipt and an empty line. Then offset and size of each packet that libipt
 * finds in streams of Intel PT bytes, and a line "bad OFFSET" where it finds none and goes on at the
 * next PSB packet. An empty line ends a stream.
 *
 * Standard input: for each stream its size as a little-endian u32, then its bytes. With an argument
 * libipt decodes each stream from its first byte, otherwise from the first PSB packet.
 *
 * gcc -O2 libipt_count.c -lipt
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <intel-pt.h>

static void print_packets(uint8_t *bytes, uint32_t size, int from_start)
{
	struct pt_packet_decoder *decoder;
	struct pt_packet packet;
	struct pt_config config;
	uint64_t offset;
	int status;

	memset(&config, 0, sizeof(config));
	config.size = sizeof(config);
	config.begin = bytes;
	config.end = bytes + size;
	decoder = pt_pkt_alloc_decoder(&config);
	status = from_start ? pt_pkt_sync_set(decoder, 0) : pt_pkt_sync_forward(decoder);
	while (status >= 0) {
		pt_pkt_get_offset(decoder, &offset);
		status = pt_pkt_next(decoder, &packet, sizeof(packet));
		if (status >= 0) {
			printf("%" PRIu64 " %d\n", offset, status);
		} else if (status != -pte_eos) {
			printf("bad %" PRIu64 "\n", offset);
			status = pt_pkt_sync_forward(decoder);
		}
	}
	printf("\n");
	pt_pkt_free_decoder(decoder);
}

int main(int argc, char **argv)
{
	struct pt_version version = pt_library_version();
	uint32_t size;

	(void)argv;
	printf("%u.%u\n\n", version.major, version.minor);
	while (fread(&size, sizeof(size), 1, stdin) == 1) {
		uint8_t *bytes = malloc(size + 1);

		if (!bytes || fread(bytes, 1, size, stdin) != size)
			return 1;
		print_packets(bytes, size, argc > 1);
		free(bytes);
	}
	return 0;
}
