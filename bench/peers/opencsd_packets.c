/*
 * Reads a file of formatted CoreSight frames with OpenCSD: its deformatter, and its ETMv4
 * instruction packet processor for the trace ids 0x10 and 0x1c, which are configured as those of
 * the recording etm.perf_kernel.data.
 *
 *   opencsd_packets scan FILE       prints the packets of each kind
 *   opencsd_packets addresses FILE  prints the packets with an address, and the sum of these
 *
 * gcc -O2 opencsd_packets.c -lopencsd_c_api -lopencsd
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <opencsd/c_api/opencsd_c_api.h>

enum { BLOCK = 65536, KINDS = 0x400 };

struct totals {
	uint64_t packets[KINDS];
	char names[KINDS][32];
	uint64_t addresses;
	uint64_t sum;
};

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(2);
}

/* Keeps the first word of OpenCSD's own description of a packet as the name of its kind. */
static void name_kind(struct totals *totals, const ocsd_etmv4_i_pkt *packet)
{
	char text[256];

	if (ocsd_pkt_str(OCSD_PROTOCOL_ETMV4I, packet, text, sizeof(text)) != OCSD_OK)
		fail("Cannot name a packet");
	sscanf(text, "%31[^ :]", totals->names[packet->type]);
}

static ocsd_datapath_resp_t count(const void *context, const ocsd_datapath_op_t op,
				  const ocsd_trc_index_t index, const void *data)
{
	struct totals *totals = (struct totals *) context;
	const ocsd_etmv4_i_pkt *packet = data;

	(void) index;
	if (op == OCSD_OP_DATA && !totals->packets[packet->type]++)
		name_kind(totals, packet);
	return OCSD_RESP_CONT;
}

static ocsd_datapath_resp_t add_address(const void *context, const ocsd_datapath_op_t op,
					const ocsd_trc_index_t index, const void *data)
{
	struct totals *totals = (struct totals *) context;
	const ocsd_etmv4_i_pkt *packet = data;

	(void) index;
	if (op == OCSD_OP_DATA && packet->type >= ETM4_PKT_I_ADDR_CTXT_L_32IS0 &&
	    packet->type <= ETM4_PKT_I_ADDR_L_64IS1) {
		totals->addresses++;
		totals->sum += packet->v_addr.val;
	}
	return OCSD_RESP_CONT;
}

static void add_unit(dcd_tree_handle_t tree, uint32_t trace_id, FnDefPktDataIn use,
		     struct totals *totals)
{
	ocsd_etmv4_cfg config;
	unsigned char id;

	memset(&config, 0, sizeof(config));
	config.reg_idr0 = 0x28000ea1;
	config.reg_idr1 = 0x4100f422;
	config.reg_idr2 = 0x20001088;
	config.reg_configr = 0x40;
	config.reg_traceidr = trace_id;
	config.arch_ver = ARCH_V8;
	config.core_prof = profile_CortexA;
	if (ocsd_dt_create_decoder(tree, OCSD_BUILTIN_DCD_ETMV4I, OCSD_CREATE_FLG_PACKET_PROC,
				   &config, &id) != OCSD_OK ||
	    ocsd_dt_attach_packet_callback(tree, id, OCSD_C_API_CB_PKT_SINK, use, totals) != OCSD_OK)
		fail("Cannot make a packet processor");
}

int main(int argc, char **argv)
{
	static struct totals totals;
	static uint8_t block[BLOCK];
	uint64_t position = 0;
	uint32_t used;
	ssize_t size;
	int file, kind, scan;

	if (argc != 3 || (file = open(argv[2], O_RDONLY)) < 0)
		fail("Expected scan or addresses, and a file");
	scan = !strcmp(argv[1], "scan");
	dcd_tree_handle_t tree = ocsd_create_dcd_tree(
		OCSD_TRC_SRC_FRAME_FORMATTED,
		OCSD_DFRMTR_FRAME_MEM_ALIGN | OCSD_DFRMTR_RESET_ON_4X_FSYNC);
	if (!tree)
		fail("Cannot make a decode tree");
	add_unit(tree, 0x10, scan ? count : add_address, &totals);
	add_unit(tree, 0x1c, scan ? count : add_address, &totals);
	while ((size = read(file, block, BLOCK)) > 0) {
		ocsd_datapath_resp_t response =
			ocsd_dt_process_data(tree, OCSD_OP_DATA, position, size, block, &used);
		if (!OCSD_DATA_RESP_IS_CONT(response) || used != size)
			fail("Cannot decode");
		position += used;
	}
	ocsd_dt_process_data(tree, OCSD_OP_EOT, 0, 0, NULL, &used);
	if (scan)
		for (kind = 0; kind < KINDS; kind++) {
			if (totals.packets[kind])
				printf("%s %" PRIu64 "\n", totals.names[kind], totals.packets[kind]);
		}
	else
		printf("%" PRIu64 " addresses, sum %016" PRIx64 "\n", totals.addresses, totals.sum);
	ocsd_destroy_dcd_tree(tree);
	return 0;
}
