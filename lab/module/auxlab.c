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
 * The trace is a sequence of u64 words in the machine's byte order. The word
 * at absolute AUX offset N has the value N, so that a reader can tell every
 * byte it is given from any other, also from the one a whole lap before.
 *
 * Source of the protocol: kernel/events/ring_buffer.c, Linux 6.1.
 */
#include <linux/hrtimer.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <linux/sizes.h>
#include <linux/slab.h>

static char *name = "auxlab";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "name of the PMU below /sys/bus/event_source/devices");

/*
 * Fields of an event. Sizes and offsets are in bytes.
 *
 * chunk    bytes per tick, a multiple of 8; 0 stands for 64 KiB
 * tick_us  time between two ticks in microseconds; 0 stands for 1000
 * jump     get to "start" in one step: a single AUX record claims everything
 *          before it, although nothing was written. No hardware does this; it
 *          makes recordings of a few KB that cross 4 GiB
 * sparse   write only the first word of each page
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
 */
struct auxlab_source {
	struct hrtimer			timer;
	struct perf_event		*event;
	struct perf_output_handle	output;
	ktime_t				period;
	u64				chunk;
	u64				start;
	u64				stop;
	bool				jump;
	bool				sparse;
	bool				trunc;
};

static struct pmu auxlab_pmu;

/* Writes the words of [offset, offset + size), both multiples of 8. */
static void auxlab_write(const struct auxlab_area *area, u64 offset, u64 size,
			 bool sparse)
{
	const u64 end = offset + size;

	while (offset < end) {
		u64 at = offset & (area->size - 1);
		u64 stop = min(end, round_down(offset, PAGE_SIZE) + PAGE_SIZE);
		u64 *word = area->pages[at >> PAGE_SHIFT] + offset_in_page(at);

		if (sparse) {
			if (!offset_in_page(at))
				*word = offset;
			offset = stop;
		} else {
			for (; offset < stop; offset += sizeof(*word))
				*word++ = offset;
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
	missing = min_t(u64, missing, round_down(output->size, 8));
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
	room = round_down(output->size, 8);
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
	perf_aux_output_end(output, size);
	return !truncated;
}

static enum hrtimer_restart auxlab_tick(struct hrtimer *timer)
{
	struct auxlab_source *source =
		container_of(timer, struct auxlab_source, timer);
	struct hw_perf_event *hw = &source->event->hw;
	const struct auxlab_area *area;

	if (hw->state & PERF_HES_STOPPED)
		return HRTIMER_NORESTART;
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

	event->hw.state = 0;
	hrtimer_start(&source->timer, source->period,
		      HRTIMER_MODE_REL_PINNED_HARD);
}

static void auxlab_stop(struct perf_event *event, int flags)
{
	struct auxlab_source *source = event->pmu_private;

	if (event->hw.state & PERF_HES_STOPPED)
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
	source->chunk = round_down((u32)attr->config ?: SZ_64K, 8);
	source->start = round_down(attr->config1, PAGE_SIZE);
	source->stop = round_down(attr->config2, 8);
	source->jump = attr->config & FLAG_JUMP;
	source->sparse = attr->config & FLAG_SPARSE;
	source->trunc = attr->config & FLAG_TRUNC;
	hrtimer_init(&source->timer, CLOCK_MONOTONIC,
		     HRTIMER_MODE_REL_PINNED_HARD);
	source->timer.function = auxlab_tick;
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
	.capabilities	= PERF_PMU_CAP_EXCLUSIVE | PERF_PMU_CAP_ITRACE,
	.event_init	= auxlab_event_init,
	.add		= auxlab_add,
	.del		= auxlab_del,
	.start		= auxlab_start,
	.stop		= auxlab_stop,
	.read		= auxlab_read,
	.setup_aux	= auxlab_setup_aux,
	.free_aux	= auxlab_free_aux,
};

static int __init auxlab_init(void)
{
	return perf_pmu_register(&auxlab_pmu, name, -1);
}

static void __exit auxlab_exit(void)
{
	perf_pmu_unregister(&auxlab_pmu);
}

module_init(auxlab_init);
module_exit(auxlab_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("PMU in software with an AUX area, for tests of its readers");
