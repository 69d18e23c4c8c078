// SPDX-License-Identifier: GPL-2.0
/*
 * auxlab: a PMU in software with an AUX area, for readers of perf's AUX ring
 * on machines that have no Intel PT, Arm SPE or CoreSight.
 *
 * A timer takes the place of the tracing hardware: while an event is on a CPU,
 * each tick writes bytes into the AUX pages of that event and publishes them
 * as a driver of real hardware does, between perf_aux_output_begin() and
 * perf_aux_output_end(). Everything else is the kernel's own: the system call,
 * the rules of mmap, aux_head and aux_tail, and the records AUX, ITRACE_START
 * and LOST.
 *
 * The trace is a sequence of units, each of which says where it is, so that a
 * reader can tell every byte it is given from any other, also from the one a
 * whole lap before:
 *
 * words   8 bytes: a u64 in the machine's byte order whose value is its
 *         absolute AUX offset
 * etm     64 bytes: four formatted CoreSight frames of an ETMv4 with trace ID
 *         0x10, an A-sync, a TraceInfo, a long address that is the offset, atoms
 * spe     64 bytes: a record of Arm SPE whose PC, VA and timestamp are the offset
 *
 * Source of the protocol: kernel/events/ring_buffer.c, Linux 6.1 to 7.3. Of the
 * packets: Arm's Embedded Trace Macrocell Architecture Specification ETMv4,
 * CoreSight Architecture Specification (formatter), and Architecture Reference
 * Manual for A-profile (Statistical Profiling Extension).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/kobject.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/version.h>

static char *name = "auxlab";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "name of the PMU below /sys/bus/event_source/devices; cs_etm and arm_spe_N get the files that perf wants of them");

static char *payload = "words";
module_param(payload, charp, 0444);
MODULE_PARM_DESC(payload, "what is written: words, etm or spe");

/*
 * Fields of an event. Sizes and offsets are in bytes.
 *
 * chunk    bytes per tick, a multiple of a unit; 0 stands for 64 KiB
 * tick_us  time between two ticks in microseconds; 0 stands for 1000
 * jump     get to "start" in one step: a single AUX record claims everything
 *          before it, although nothing was written. No hardware does this; it
 *          makes recordings of a few KB that cross 4 GiB
 * sparse   write only the first unit of each page
 * trunc    when there is less room than a chunk, flag the AUX record as
 *          truncated, upon which the kernel disables the event, as Intel PT
 *          does. Otherwise the tick only writes what fits
 * start    get to this offset by perf_aux_output_skip(): the head moves on,
 *          without bytes and without an AUX record. A multiple of a page
 * stop     write nothing at or above this offset; 0 stands for no end
 */
#define CHUNK_BITS	32
#define TICK_BITS	29
#define FLAG_JUMP	BIT_ULL(61)
#define FLAG_SPARSE	BIT_ULL(62)
#define FLAG_TRUNC	BIT_ULL(63)

PMU_FORMAT_ATTR(chunk,   "config:0-31");
PMU_FORMAT_ATTR(tick_us, "config:32-60");
PMU_FORMAT_ATTR(jump,    "config:61");
PMU_FORMAT_ATTR(sparse,  "config:62");
PMU_FORMAT_ATTR(trunc,   "config:63");
PMU_FORMAT_ATTR(start,   "config1:0-63");
PMU_FORMAT_ATTR(stop,    "config2:0-63");

static struct attribute *auxlab_format[] = {
	&format_attr_chunk.attr,
	&format_attr_tick_us.attr,
	&format_attr_jump.attr,
	&format_attr_sparse.attr,
	&format_attr_trunc.attr,
	&format_attr_start.attr,
	&format_attr_stop.attr,
	NULL,
};

static const struct attribute_group auxlab_format_group = {
	.name = "format",
	.attrs = auxlab_format,
};

static const struct attribute_group *auxlab_groups[] = {
	&auxlab_format_group,
	NULL,
};

/* What the driver of Arm SPE says of a Neoverse N1. */
struct auxlab_cap {
	struct device_attribute	attr;
	const char		*text;
};

static ssize_t auxlab_show_cap(struct device *dev, struct device_attribute *attr,
			       char *buffer)
{
	return sysfs_emit(buffer, "%s\n", container_of(attr, struct auxlab_cap, attr)->text);
}

#define CAP(_name, _text)						\
	static struct auxlab_cap auxlab_cap_##_name = {			\
		.attr = __ATTR(_name, 0444, auxlab_show_cap, NULL),	\
		.text = _text,						\
	}

CAP(min_interval, "256");
CAP(arch_inst, "0");
CAP(ernd, "1");
CAP(count_size, "12");

static struct attribute *auxlab_caps[] = {
	&auxlab_cap_min_interval.attr.attr,
	&auxlab_cap_arch_inst.attr.attr,
	&auxlab_cap_ernd.attr.attr,
	&auxlab_cap_count_size.attr.attr,
	NULL,
};

static const struct attribute_group auxlab_caps_group = {
	.name = "caps",
	.attrs = auxlab_caps,
};

static ssize_t cpumask_show(struct device *dev, struct device_attribute *attr,
			    char *buffer)
{
	return sysfs_emit(buffer, "%*pbl\n", cpumask_pr_args(cpu_online_mask));
}
static DEVICE_ATTR_RO(cpumask);

static struct attribute *auxlab_cpumask[] = {
	&dev_attr_cpumask.attr,
	NULL,
};

static const struct attribute_group auxlab_cpumask_group = {
	.attrs = auxlab_cpumask,
};

static const struct attribute_group *auxlab_spe_groups[] = {
	&auxlab_format_group,
	&auxlab_caps_group,
	&auxlab_cpumask_group,
	NULL,
};

/* What the driver of CoreSight says of the trace unit of a Cortex-A57, in a folder per CPU. */
struct auxlab_register {
	struct kobj_attribute	attr;
	const char		*text;
};

static ssize_t auxlab_show_register(struct kobject *kobj, struct kobj_attribute *attr,
				    char *buffer)
{
	return sysfs_emit(buffer, "%s\n",
			  container_of(attr, struct auxlab_register, attr)->text);
}

#define REGISTER(_name, _text)						\
	static struct auxlab_register auxlab_##_name = {		\
		.attr = __ATTR(_name, 0444, auxlab_show_register, NULL),	\
		.text = _text,						\
	}

REGISTER(trcidr0, "0x28000ea1");
REGISTER(trcidr1, "0x4100f403");
REGISTER(trcidr2, "0x488");
REGISTER(trcidr8, "0x0");
REGISTER(trcauthstatus, "0xcc");
REGISTER(trcdevarch, "0x47704a13");
REGISTER(ts_source, "-1");

static struct attribute *auxlab_trcidr[] = {
	&auxlab_trcidr0.attr.attr,
	&auxlab_trcidr1.attr.attr,
	&auxlab_trcidr2.attr.attr,
	&auxlab_trcidr8.attr.attr,
	NULL,
};

static struct attribute *auxlab_mgmt[] = {
	&auxlab_trcauthstatus.attr.attr,
	&auxlab_trcdevarch.attr.attr,
	NULL,
};

static struct attribute *auxlab_unit_files[] = {
	&auxlab_ts_source.attr.attr,
	NULL,
};

static const struct attribute_group auxlab_trcidr_group = {
	.name = "trcidr",
	.attrs = auxlab_trcidr,
};

static const struct attribute_group auxlab_mgmt_group = {
	.name = "mgmt",
	.attrs = auxlab_mgmt,
};

static const struct attribute_group auxlab_unit_group = {
	.attrs = auxlab_unit_files,
};

static const struct attribute_group *auxlab_unit_groups[] = {
	&auxlab_trcidr_group,
	&auxlab_mgmt_group,
	&auxlab_unit_group,
	NULL,
};

/**
 * struct auxlab_area - an AUX area, from its mapping to its unmapping
 * @pages:     its pages in the order of the ring; owned by the kernel's core
 * @size:      bytes, a power of two
 * @overwrite: mapped read-only: nobody waits for a reader (snapshot mode)
 */
struct auxlab_area {
	void		**pages;
	u64		size;
	bool		overwrite;
};

/**
 * struct auxlab_source - what stands for the hardware of one event
 * @timer:  runs in hard interrupt context on the CPU that the event is on
 * @output: the transaction between begin and end of a tick
 * @head:   the end of what was written
 * @is_done: whether the log has that the trace got to its end
 */
struct auxlab_source {
	struct hrtimer			timer;
	struct perf_event		*event;
	struct perf_output_handle	output;
	ktime_t				period;
	u64				head;
	u64				chunk;
	u64				start;
	u64				stop;
	bool				jump;
	bool				sparse;
	bool				trunc;
	bool				is_done;
};

static struct pmu auxlab_pmu;

#define UNIT_OF_PACKETS	64
#define ETM_FRAME	16
/* An ID and the auxiliary bits leave this much of a frame. */
#define ETM_FRAME_DATA	(ETM_FRAME - 2)
#define ETM_TRACE_ID	0x10

static u8 *auxlab_put(u8 *at, u8 header, u64 value, int size)
{
	__le64 bytes = cpu_to_le64(value);

	*at++ = header;
	memcpy(at, &bytes, size);
	return at + size;
}

static void auxlab_write_spe(u8 *at, u64 offset)
{
	const u64 el0_nonsecure = BIT_ULL(63);
	const u64 retired_l1d_tlb = BIT(1) | BIT(2) | BIT(4);

	memset(at, 0, UNIT_OF_PACKETS);
	at = auxlab_put(at, 0xb0, el0_nonsecure | offset, 8);	/* PC */
	at = auxlab_put(at, 0x98, offset >> 6 & 0xfff, 2);	/* total latency */
	at = auxlab_put(at, 0x52, retired_l1d_tlb, 2);		/* events */
	at = auxlab_put(at, 0x49, 0, 1);			/* a load */
	at = auxlab_put(at, 0xb2, offset, 8);			/* VA */
	auxlab_put(at, 0x71, offset, 8);			/* timestamp */
}

static void auxlab_write_etm(u8 *at, u64 offset)
{
	u8 trace[UNIT_OF_PACKETS / ETM_FRAME * ETM_FRAME_DATA] = {
		[11] = 0x80,			/* ends an A-sync, after eleven zeros */
		[12] = 0x01, 0x00,		/* TraceInfo without fields */
		[14] = 0x9d,			/* long address of 64 bits, IS0 */
		[15] = offset >> 2 & 0x7f, offset >> 9 & 0x7f,
		[17] = offset >> 16, offset >> 24, offset >> 32,
		[20] = offset >> 40, offset >> 48, offset >> 56,
		[23 ... 41] = 0xf7,		/* atoms: E */
		[42 ... 55] = 0x70,		/* Ignore */
	};
	int frame, i;

	for (frame = 0; frame < UNIT_OF_PACKETS / ETM_FRAME; frame++, at += ETM_FRAME) {
		const u8 *data = trace + frame * ETM_FRAME_DATA;

		at[0] = ETM_TRACE_ID << 1 | 1;
		at[ETM_FRAME - 1] = 0;
		for (i = 1; i <= ETM_FRAME_DATA; i++) {
			u8 byte = data[i - 1];

			/* The last byte keeps bit 0 of those at even places. */
			if (!(i & 1)) {
				at[ETM_FRAME - 1] |= (byte & 1) << (i / 2);
				byte &= ~1;
			}
			at[i] = byte;
		}
	}
}

static void auxlab_write_word(u8 *at, u64 offset)
{
	*(u64 *)at = offset;
}

static const struct auxlab_payload {
	const char	*name;
	u64		unit;
	void		(*write)(u8 *at, u64 offset);
} auxlab_payloads[] = {
	{ "words", sizeof(u64), auxlab_write_word },
	{ "etm", UNIT_OF_PACKETS, auxlab_write_etm },
	{ "spe", UNIT_OF_PACKETS, auxlab_write_spe },
};

static const struct auxlab_payload *auxlab_payload;

/* Writes the units of [offset, offset + size), both multiples of one. */
static void auxlab_write(const struct auxlab_area *area, u64 offset, u64 size,
			 bool sparse)
{
	const u64 end = offset + size;
	const u64 unit = auxlab_payload->unit;

	while (offset < end) {
		u64 at = offset & (area->size - 1);
		u64 stop = min(end, round_down(offset, PAGE_SIZE) + PAGE_SIZE);
		u8 *place = area->pages[at >> PAGE_SHIFT] + offset_in_page(at);

		if (sparse) {
			if (!offset_in_page(at))
				auxlab_payload->write(place, offset);
			offset = stop;
		} else if (unit == sizeof(u64)) {
			for (; offset < stop; offset += unit, place += unit)
				auxlab_write_word(place, offset);
		} else {
			for (; offset < stop; offset += unit, place += unit)
				auxlab_payload->write(place, offset);
		}
	}
}

/*
 * A tick in snapshot mode. The driver owns the head: it counts on beyond the
 * size of the area, as CoreSight's does. perf_aux_output_end() is not told a
 * size, so that there is no AUX record.
 */
static void auxlab_overwrite(struct auxlab_source *source,
			     const struct auxlab_area *area)
{
	struct perf_output_handle *output = &source->output;
	u64 head = max_t(u64, output->head, source->start);
	u64 size = min(source->chunk, area->size);

	if (source->stop)
		size = head < source->stop ? min(size, source->stop - head) : 0;
	auxlab_write(area, head, size, source->sparse);
	output->head = head + size;
	source->head = output->head;
	perf_aux_output_end(output, 0);
}

/* Moves the head towards "start"; true if there is nothing else to do in this tick. */
static bool auxlab_approach(struct auxlab_source *source)
{
	struct perf_output_handle *output = &source->output;
	u64 missing = source->start - output->head;

	if (source->jump) {
		/* The core does not compare this size with the room there is. */
		perf_aux_output_end(output, missing);
		return true;
	}
	missing = min_t(u64, missing, round_down(output->size, auxlab_payload->unit));
	if (missing)
		perf_aux_output_skip(output, missing);
	if (output->head == source->start)
		return false;
	perf_aux_output_end(output, 0);
	return true;
}

/*
 * A tick in full-trace mode: writes no more than the reader has made room for.
 * Returns false after a truncated chunk: the core is about to stop the event,
 * and no tick may come in between.
 */
static bool auxlab_append(struct auxlab_source *source,
			  const struct auxlab_area *area)
{
	struct perf_output_handle *output = &source->output;
	u64 size = source->chunk;
	bool truncated;
	u64 room;

	if (output->head < source->start && auxlab_approach(source))
		return true;
	room = round_down(output->size, auxlab_payload->unit);
	if (source->stop)
		size = output->head < source->stop ?
			min(size, source->stop - output->head) : 0;
	truncated = source->trunc && size > room;
	if (truncated)
		perf_aux_output_flag(output, PERF_AUX_FLAG_TRUNCATED);
	size = min(size, room);
	auxlab_write(area, output->head, size, source->sparse);
	/* The bytes have to be there before perf_aux_output_end() stores aux_head. */
	smp_wmb();
	source->head = output->head + size;
	if (source->head == source->stop && !source->is_done) {
		source->is_done = true;
		pr_info("a trace is written to its end\n");
	}
	perf_aux_output_end(output, size);
	return !truncated;
}

/*
 * Kernels that can pause a trace (6.13) say so in the event. The timer goes on
 * meanwhile, as the counters of the hardware do.
 */
static bool auxlab_is_paused(const struct perf_event *event)
{
#ifdef PERF_PMU_CAP_AUX_PAUSE
	return READ_ONCE(event->hw.aux_paused);
#else
	return false;
#endif
}

#ifdef PERF_PMU_CAP_AUX_PAUSE
#define AUXLAB_CAP_PAUSE	PERF_PMU_CAP_AUX_PAUSE
#define AUXLAB_PAUSE_FLAGS	(PERF_EF_PAUSE | PERF_EF_RESUME)
#else
#define AUXLAB_CAP_PAUSE	0
#define AUXLAB_PAUSE_FLAGS	0
#endif

static enum hrtimer_restart auxlab_tick(struct hrtimer *timer)
{
	struct auxlab_source *source =
		container_of(timer, struct auxlab_source, timer);
	struct hw_perf_event *hw = &source->event->hw;
	const struct auxlab_area *area;

	if (hw->state & PERF_HES_STOPPED)
		return HRTIMER_NORESTART;
	if (auxlab_is_paused(source->event)) {
		hrtimer_forward_now(timer, source->period);
		return HRTIMER_RESTART;
	}
	/* No area: not mapped yet, or full; then the core disables the event. */
	area = perf_aux_output_begin(&source->output, source->event);
	if (area && area->overwrite) {
		auxlab_overwrite(source, area);
	} else if (area && !auxlab_append(source, area)) {
		hw->state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, source->period);
	return HRTIMER_RESTART;
}

static void auxlab_start(struct perf_event *event, int flags)
{
	struct auxlab_source *source = event->pmu_private;

	if (flags & AUXLAB_PAUSE_FLAGS)
		return;
	event->hw.state = 0;
	hrtimer_start(&source->timer, source->period,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static void auxlab_stop(struct perf_event *event, int flags)
{
	struct auxlab_source *source = event->pmu_private;

	if (flags & AUXLAB_PAUSE_FLAGS || event->hw.state & PERF_HES_STOPPED)
		return;
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
	hrtimer_cancel(&source->timer);
}

static int auxlab_add(struct perf_event *event, int flags)
{
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
	if (flags & PERF_EF_START)
		auxlab_start(event, 0);
	return 0;
}

static void auxlab_del(struct perf_event *event, int flags)
{
	auxlab_stop(event, PERF_EF_UPDATE);
}

/* The core wants one; an AUX event has no count. */
static void auxlab_read(struct perf_event *event)
{
}

static void *auxlab_setup_aux(struct perf_event *event, void **pages,
			      int page_count, bool overwrite)
{
	struct auxlab_area *area;

	if (page_count <= 0 || !is_power_of_2(page_count))
		return NULL;
	/* As the driver of Arm SPE has it. */
	if (auxlab_pmu.attr_groups == auxlab_spe_groups && page_count < 2)
		return NULL;
	area = kzalloc(sizeof(*area), GFP_KERNEL);
	if (!area)
		return NULL;
	area->pages = pages;
	area->size = (u64)page_count << PAGE_SHIFT;
	area->overwrite = overwrite;
	return area;
}

static void auxlab_free_aux(void *area)
{
	kfree(area);
}

static void auxlab_destroy(struct perf_event *event)
{
	struct auxlab_source *source = event->pmu_private;

	hrtimer_cancel(&source->timer);
	pr_info("an event ends with its head at 0x%llx\n", source->head);
	kfree(source);
}

static int auxlab_event_init(struct perf_event *event)
{
	const struct perf_event_attr *attr = &event->attr;
	u64 tick_us = attr->config >> CHUNK_BITS & (BIT_ULL(TICK_BITS) - 1);
	struct auxlab_source *source;

	if (attr->type != event->pmu->type)
		return -ENOENT;
	source = kzalloc(sizeof(*source), GFP_KERNEL);
	if (!source)
		return -ENOMEM;
	source->event = event;
	source->period = ns_to_ktime((tick_us ?: 1000) * NSEC_PER_USEC);
	source->chunk = round_down((u32)attr->config ?: SZ_64K, auxlab_payload->unit);
	source->start = round_down(attr->config1, PAGE_SIZE);
	source->stop = round_down(attr->config2, auxlab_payload->unit);
	source->jump = attr->config & FLAG_JUMP;
	source->sparse = attr->config & FLAG_SPARSE;
	source->trunc = attr->config & FLAG_TRUNC;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&source->timer, auxlab_tick, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_PINNED_HARD);
#else
	hrtimer_init(&source->timer, CLOCK_MONOTONIC,
		     HRTIMER_MODE_REL_PINNED_HARD);
	source->timer.function = auxlab_tick;
#endif
	event->pmu_private = source;
	event->destroy = auxlab_destroy;
	return 0;
}

/*
 * EXCLUSIVE: one event per CPU, as with the hardware that writes AUX areas.
 * ITRACE: the core then writes ITRACE_START when the event gets on a CPU.
 */
static struct pmu auxlab_pmu = {
	.module		= THIS_MODULE,
	.attr_groups	= auxlab_groups,
	.task_ctx_nr	= perf_sw_context,
	.capabilities	= PERF_PMU_CAP_EXCLUSIVE | PERF_PMU_CAP_ITRACE |
			  AUXLAB_CAP_PAUSE,
	.event_init	= auxlab_event_init,
	.add		= auxlab_add,
	.del		= auxlab_del,
	.start		= auxlab_start,
	.stop		= auxlab_stop,
	.read		= auxlab_read,
	.setup_aux	= auxlab_setup_aux,
	.free_aux	= auxlab_free_aux,
};

static struct kobject *auxlab_units[NR_CPUS];

static void auxlab_remove_units(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kobject_put(auxlab_units[cpu]);
}

/* Makes cpuN/ of the PMU "cs_etm"; what it has made stays on failure. */
static int auxlab_add_units(void)
{
	int cpu, error;

	for_each_online_cpu(cpu) {
		char folder[16];

		snprintf(folder, sizeof(folder), "cpu%d", cpu);
		auxlab_units[cpu] = kobject_create_and_add(folder, &auxlab_pmu.dev->kobj);
		if (!auxlab_units[cpu])
			return -ENOMEM;
		error = sysfs_create_groups(auxlab_units[cpu], auxlab_unit_groups);
		if (error)
			return error;
	}
	return 0;
}

static int __init auxlab_init(void)
{
	int i, error;

	for (i = 0; i < ARRAY_SIZE(auxlab_payloads); i++)
		if (!strcmp(auxlab_payloads[i].name, payload))
			auxlab_payload = &auxlab_payloads[i];
	if (!auxlab_payload)
		return -EINVAL;
	if (strstarts(name, "arm_spe_"))
		auxlab_pmu.attr_groups = auxlab_spe_groups;
	error = perf_pmu_register(&auxlab_pmu, name, -1);
	if (error)
		return error;
	if (!strcmp(name, "cs_etm"))
		error = auxlab_add_units();
	if (error) {
		auxlab_remove_units();
		perf_pmu_unregister(&auxlab_pmu);
	}
	return error;
}

static void __exit auxlab_exit(void)
{
	auxlab_remove_units();
	perf_pmu_unregister(&auxlab_pmu);
}

module_init(auxlab_init);
module_exit(auxlab_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("PMU in software with an AUX area, for tests of its readers");
