/*
 * Reads a file of bare Intel PT bytes, mapped, packet by packet with libipt:
 *
 *   libipt_packets scan FILE     prints packets and bytes of each kind
 *   libipt_packets columns FILE  reads each payload, prints the packets of each kind and
 *                                a checksum of the payloads
 *   libipt_packets print FILE    prints a line for each packet
 *
 * gcc -O2 libipt_packets.c -lipt
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <intel-pt.h>

enum { KINDS = ppt_ptw + 1 };

static const char *const names[KINDS] = {
	[ppt_pad] = "PAD",         [ppt_psb] = "PSB",         [ppt_psbend] = "PSBEND",
	[ppt_fup] = "FUP",         [ppt_tip] = "TIP",         [ppt_tip_pge] = "TIP.PGE",
	[ppt_tip_pgd] = "TIP.PGD", [ppt_tnt_8] = "TNT",       [ppt_tnt_64] = "TNT",
	[ppt_mode] = "MODE",       [ppt_pip] = "PIP",         [ppt_vmcs] = "VMCS",
	[ppt_cbr] = "CBR",         [ppt_tsc] = "TSC",         [ppt_tma] = "TMA",
	[ppt_mtc] = "MTC",         [ppt_cyc] = "CYC",         [ppt_stop] = "TraceStop",
	[ppt_ovf] = "OVF",         [ppt_mnt] = "MNT",         [ppt_exstop] = "EXSTOP",
	[ppt_mwait] = "MWAIT",     [ppt_pwre] = "PWRE",       [ppt_pwrx] = "PWRX",
	[ppt_ptw] = "PTWRITE",
};

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(2);
}

/* A decoder at the first PSB of a file. */
static struct pt_packet_decoder *open_trace(const char *path)
{
	struct pt_config config;
	struct pt_packet_decoder *decoder;
	struct stat status;
	void *bytes;
	int file = open(path, O_RDONLY);

	if (file < 0 || fstat(file, &status) < 0)
		fail("Cannot open the file");
	bytes = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
	if (bytes == MAP_FAILED)
		fail("Cannot map the file");
	memset(&config, 0, sizeof(config));
	config.size = sizeof(config);
	config.begin = bytes;
	config.end = config.begin + status.st_size;
	decoder = pt_pkt_alloc_decoder(&config);
	if (!decoder || pt_pkt_sync_forward(decoder) < 0)
		fail("Cannot find a PSB");
	return decoder;
}

/* After a failure: goes on at the next PSB; says whether there is one. */
static int resync(struct pt_packet_decoder *decoder, int status)
{
	return status != -pte_eos && pt_pkt_sync_forward(decoder) >= 0;
}

static void scan(struct pt_packet_decoder *decoder)
{
	uint64_t packets[KINDS] = { 0 }, bytes[KINDS] = { 0 }, bad = 0;
	struct pt_packet packet;
	int kind, status;

	for (;;) {
		status = pt_pkt_next(decoder, &packet, sizeof(packet));
		if (status >= 0) {
			packets[packet.type]++;
			bytes[packet.type] += (unsigned) status;
			continue;
		}
		bad += status != -pte_eos;
		if (!resync(decoder, status))
			break;
	}
	if (bad)
		printf("BAD %" PRIu64 " %" PRIu64 "\n", bad, bad);
	for (kind = 0; kind < KINDS; kind++)
		if (packets[kind])
			printf("%s %" PRIu64 " %" PRIu64 "\n", names[kind], packets[kind], bytes[kind]);
}

/*
 * The payload as one number, as the packet has it; the branches of a TNT packet are its upper
 * bits, oldest first.
 */
static uint64_t payload_of(const struct pt_packet *packet)
{
	switch (packet->type) {
	case ppt_tnt_8:
	case ppt_tnt_64:
		return packet->payload.tnt.payload << (64 - packet->payload.tnt.bit_size);
	case ppt_fup:
	case ppt_tip:
	case ppt_tip_pge:
	case ppt_tip_pgd:
		return packet->payload.ip.ipc == pt_ipc_suppressed ? 0 : packet->payload.ip.ip;
	case ppt_mode:
		if (packet->payload.mode.leaf == pt_mol_exec)
			return packet->payload.mode.bits.exec.csl ? 64 :
			       packet->payload.mode.bits.exec.csd ? 32 : 16;
		return packet->payload.mode.bits.tsx.intx | packet->payload.mode.bits.tsx.abrt << 1;
	case ppt_pip:
		return packet->payload.pip.cr3 >> 4 | packet->payload.pip.nr;
	case ppt_tsc:
		return packet->payload.tsc.tsc;
	case ppt_cbr:
		return packet->payload.cbr.ratio;
	case ppt_tma:
		return packet->payload.tma.ctc;
	case ppt_mtc:
		return packet->payload.mtc.ctc;
	case ppt_cyc:
		return packet->payload.cyc.value;
	default:
		return 0;
	}
}

static void columns(struct pt_packet_decoder *decoder)
{
	uint64_t packets[KINDS] = { 0 };
	uint32_t low = 0, high = 0;
	struct pt_packet packet;
	int kind, status;

	for (;;) {
		status = pt_pkt_next(decoder, &packet, sizeof(packet));
		if (status >= 0) {
			uint64_t payload = payload_of(&packet);

			packets[packet.type]++;
			low += (uint32_t) payload;
			high += (uint32_t) (payload >> 32);
		} else if (!resync(decoder, status)) {
			break;
		}
	}
	for (kind = 0; kind < KINDS; kind++)
		if (packets[kind])
			printf("%s %" PRIu64 "\n", names[kind], packets[kind]);
	printf("checksum %" PRIu32 " %" PRIu32 "\n", low, high);
}

/* The address of an IP packet that is not suppressed, given the last one. */
static uint64_t full_ip(const struct pt_packet_ip *ip, uint64_t last)
{
	switch (ip->ipc) {
	case pt_ipc_update_16:
		return (last & ~0xffffull) | ip->ip;
	case pt_ipc_update_32:
		return (last & ~0xffffffffull) | ip->ip;
	case pt_ipc_update_48:
		return (last & ~0xffffffffffffull) | ip->ip;
	case pt_ipc_sext_48:
		return (uint64_t) ((int64_t) (ip->ip << 16) >> 16);
	default:
		return ip->ip;
	}
}

/* Prints name and payload of the packet at `bytes`; the last IP changes with them. */
static void print_packet(const struct pt_packet *packet, const uint8_t *bytes, uint64_t *last_ip)
{
	char branches[64];
	uint64_t value = payload_of(packet);
	const char *name = names[packet->type];
	int bit, count;

	switch (packet->type) {
	case ppt_tnt_8:
	case ppt_tnt_64:
		count = packet->payload.tnt.bit_size;
		for (bit = 0; bit < count; bit++)
			branches[bit] = value >> (63 - bit) & 1 ? 'T' : 'N';
		branches[count] = 0;
		printf("%s %s (%d)\n", name, branches, count);
		return;
	case ppt_fup:
	case ppt_tip:
	case ppt_tip_pge:
	case ppt_tip_pgd:
		if (packet->payload.ip.ipc == pt_ipc_suppressed) {
			printf("%s no ip\n", name);
			return;
		}
		*last_ip = full_ip(&packet->payload.ip, *last_ip);
		if (*last_ip == value)
			printf("%s 0x%" PRIx64 "\n", name, value);
		else
			printf("%s 0x%" PRIx64 " ip=0x%" PRIx64 "\n", name, value, *last_ip);
		return;
	case ppt_mode:
		if (packet->payload.mode.leaf == pt_mol_exec)
			printf("MODE.Exec IF:%d %d\n", bytes[1] >> 2 & 1, (int) value);
		else
			printf("MODE.TSX TXAbort:%d InTX:%d\n",
			       packet->payload.mode.bits.tsx.abrt,
			       packet->payload.mode.bits.tsx.intx);
		return;
	case ppt_pip:
		printf("%s 0x%" PRIx64 " (NR=%d)\n", name, value >> 1, packet->payload.pip.nr);
		return;
	case ppt_tma:
		printf("%s CTC 0x%x FC 0x%x\n", name, packet->payload.tma.ctc,
		       packet->payload.tma.fc);
		return;
	case ppt_cbr:
	case ppt_tsc:
	case ppt_mtc:
	case ppt_cyc:
		printf("%s 0x%" PRIx64 "\n", name, value);
		return;
	case ppt_psb:
		*last_ip = 0;
		break;
	default:
		break;
	}
	printf("%s\n", name);
}

static void print(struct pt_packet_decoder *decoder)
{
	const struct pt_config *config = pt_pkt_get_config(decoder);
	struct pt_packet packet;
	uint64_t last_ip = 0, offset;
	char text[64];
	int at, status;

	while (pt_pkt_get_offset(decoder, &offset) >= 0) {
		status = pt_pkt_next(decoder, &packet, sizeof(packet));
		if (status < 0) {
			if (!resync(decoder, status))
				break;
			continue;
		}
		for (at = 0; at < status; at++)
			sprintf(text + 3 * at, "%02x ", config->begin[offset + at]);
		printf("%08" PRIx64 ":  %-28s", offset, text);
		print_packet(&packet, config->begin + offset, &last_ip);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		fail("Expected scan, columns or print, and a file");
	struct pt_packet_decoder *decoder = open_trace(argv[2]);
	if (!strcmp(argv[1], "scan"))
		scan(decoder);
	else if (!strcmp(argv[1], "columns"))
		columns(decoder);
	else
		print(decoder);
	pt_pkt_free_decoder(decoder);
	return 0;
}
