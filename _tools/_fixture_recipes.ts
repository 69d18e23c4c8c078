/** Shell variables that the commands below use; they are not exported. */
export const VARIABLES: readonly string[] = [
  `QUIET="--no-buildid --no-buildid-cache"`,
  `SPIN='i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'`,
  `TWICE="($SPIN) & $SPIN; wait"`,
  `COPY="dd if=/dev/zero of=/dev/null bs=512 count=50000 status=none"`,
];

/** One recording: its stem in `testdata/`, what it holds, and the shell command that writes `$OUT`. */
export interface Recipe {
  readonly name: string;
  readonly holds: string;
  readonly command: string;
  /** The recording is a directory. */
  readonly directory?: true;
  /** Never finalised by perf. */
  readonly unfinalised?: true;
  /** Fields for `perf script -F`, when its output is wanted too. */
  readonly script?: string;
  /** Made by the newest perf of \`deno task perfs\`, which is the program \`perf\` of the command. */
  readonly newest?: true;
  /** Text that the dump of the records must contain; chance decides whether it does. */
  readonly wanted?: string[];
}

/** All recordings that perf makes. */
export const RECIPES: readonly Recipe[] = [
  {
    name: "perf_plain",
    holds: "samples of a user loop",
    command: `perf record $QUIET -F 499 -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
    script: "comm,pid,tid,time,period,event,ip",
  },
  {
    name: "perf_callgraph",
    holds: "kernel and user callchains, the CPU of each record, a BUILD_ID section",
    command: "perf record --no-buildid-cache -F 499 -g --sample-cpu -e cpu-clock -o $OUT -- $COPY",
    script: "comm,pid,tid,cpu,time,period,event,ip",
    wanted: ["..  0: ffffffffffffff80", "fffffffffffffe00"],
  },
  {
    name: "perf_tracepoint",
    holds: "RAW data, TRACING_DATA section",
    command: `perf record $QUIET -e raw_syscalls:sys_enter -o $OUT -- ` +
      "sleep 0.01",
    script: "trace:comm,pid,tid,cpu,time,period,event,trace",
  },
  {
    name: "perf_zstd",
    holds: "several COMPRESSED records, rounds",
    command: `perf record $QUIET -F 5000 -m 1 -z -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_pipe",
    holds: "pipe stream, HEADER_ATTR and HEADER_FEATURE records",
    command: `perf record $QUIET -F 499 -e cpu-clock -o - -- sh -c "$SPIN" > $OUT`,
  },
  {
    name: "perf_pipe_zstd",
    holds: "pipe stream with COMPRESSED records",
    command: `perf record $QUIET -F 5000 -m 1 -z -e cpu-clock -o - -- sh -c "$SPIN" > $OUT`,
  },
  {
    name: "perf_pipe_tracepoint",
    holds: "pipe stream with HEADER_TRACING_DATA, whose payload follows the record",
    command: `perf record $QUIET -e sched:sched_process_exit -o - -- ` +
      `sh -c "sleep 0.01" > $OUT`,
  },
  {
    name: "perf_threads",
    holds: "directory with one stream per CPU",
    command: `perf record $QUIET -F 499 --threads -e cpu-clock -o $OUT -- sh -c "$TWICE"`,
    directory: true,
    wanted: ["data.0 [", "data.1 ["],
  },
  {
    name: "perf_threads_zstd",
    holds: "directory with one compressed stream per CPU",
    command: `perf record $QUIET -F 499 --threads -z -e cpu-clock -o $OUT -- sh -c "$TWICE"`,
    directory: true,
    wanted: ["data.0 [", "data.1 ["],
  },
  {
    name: "perf_switch",
    holds: "SWITCH records",
    command:
      `perf record $QUIET -F 499 --switch-events -e cpu-clock -o $OUT -- sh -c "$SPIN; sleep 0.01"`,
  },
  {
    name: "perf_group_read",
    holds: "group whose leader's samples carry the READ values of both events",
    command: `perf record $QUIET -F 499 -e '{cpu-clock,page-faults}:S' -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_group",
    holds: "group in which both events have samples",
    command: `perf record $QUIET -F 499 -e '{cpu-clock,page-faults}' -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_system_wide",
    holds: "every CPU and process",
    command: `perf record $QUIET -F 499 -a -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_switch_cpu_wide",
    holds: "SWITCH_CPU_WIDE records",
    command:
      `perf record $QUIET -F 499 -a --switch-events --synth=no -e cpu-clock -o $OUT -- sleep 0.02`,
    wanted: ["PERF_RECORD_SWITCH_CPU_WIDE OUT", "PERF_RECORD_SWITCH_CPU_WIDE IN"],
  },
  {
    name: "perf_dwarf",
    holds: "user registers and 256 bytes of user stack",
    command: `perf record $QUIET -F 499 --call-graph dwarf,256 -e cpu-clock -o $OUT -- $COPY`,
  },
  {
    name: "perf_data_addresses",
    holds: "ADDR, WEIGHT, DATA_SRC, PHYS_ADDR, DATA_PAGE_SIZE and CODE_PAGE_SIZE",
    command: `perf record $QUIET -c 3 -d -W --phys-data ` +
      `--data-page-size --code-page-size -e page-faults -o $OUT -- sh -c :`,
    wanted: [".. data page size: 4K"],
  },
  {
    name: "perf_registers",
    holds: "REGS_INTR and REGS_USER",
    command:
      `perf record $QUIET -F 499 -Iax,bx,ip,sp --user-regs=ax,ip,sp -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_namespaces",
    holds: "NAMESPACES records",
    command:
      `perf record $QUIET -F 499 --namespaces -e cpu-clock -o $OUT -- unshare --uts sh -c "$SPIN"`,
  },
  {
    name: "perf_cgroups",
    holds: "CGROUP record and sample field",
    command: `perf record $QUIET -F 499 --all-cgroups -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_buildid_mmap",
    holds: "MMAP2 records with build ids",
    command: `perf record -F 499 --buildid-mmap -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_read",
    holds: "READ records of an exiting child",
    command: `perf record $QUIET -F 499 -s -e cpu-clock,page-faults -o $OUT -- sh -c "$TWICE"`,
  },
  {
    name: "perf_stat",
    holds: "STAT, STAT_CONFIG and STAT_ROUND records",
    command: `perf stat record -I 10 -e cpu-clock,page-faults -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_tail_synthesize",
    holds: "synthesised records after the samples",
    command: `perf record $QUIET -F 499 --tail-synthesize -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_clockid",
    holds: "times of CLOCK_MONOTONIC, CLOCKID and CLOCK_DATA sections",
    command: `perf record $QUIET -F 499 -k CLOCK_MONOTONIC -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
  },
  {
    name: "perf_overwrite",
    holds: "newest records of a backward ring of one page, older ones overwritten",
    command:
      `perf record $QUIET -F 5000 -m 1 --overwrite --tail-synthesize -e cpu-clock -o $OUT -- ` +
      `sh -c "$SPIN"`,
  },
  {
    name: "perf_unfinalised",
    holds: "recording whose perf was killed: data size 0, no feature sections",
    command:
      `perf record $QUIET -F 5000 -m 1 -e cpu-clock -o $OUT -- sh -c "while :; do :; done" & ` +
      `until [ -e $OUT ] && [ $(stat -c %s $OUT) -ge 6000 ]; do sleep 0.01; done; kill -KILL $!`,
    unfinalised: true,
  },
  {
    name: "perf_zstd_new",
    holds: "several COMPRESSED2 records, rounds",
    command: `perf record $QUIET -F 5000 -m 1 -z -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
    newest: true,
  },
  {
    name: "perf_zstd_aio_new",
    holds: "COMPRESSED2 records written asynchronously",
    command:
      `perf record $QUIET -F 5000 -m 1 --aio -z -e cpu-clock -o $OUT -- sh -c "$SPIN; $SPIN"`,
    newest: true,
  },
  {
    name: "perf_threads_zstd_new",
    holds: "directory with one stream of COMPRESSED2 records per CPU",
    command: `perf record $QUIET -F 999 --threads -z -e cpu-clock -o $OUT -- sh -c "$TWICE"`,
    directory: true,
    newest: true,
    wanted: ["data.0 [", "data.1 ["],
  },
  {
    name: "perf_switch_output_new",
    holds: "the first of several files that follow each other, compressed",
    command: `perf record $QUIET -F 5000 -m 1 -z --switch-output=4K -e cpu-clock -o $OUT ` +
      `-- sh -c "$SPIN; $SPIN"; mv $(ls $OUT.* | head -n 1) $OUT; rm -f $OUT.*`,
    newest: true,
  },
  {
    name: "perf_pipe_zstd_new",
    holds: "pipe stream with COMPRESSED2 records; features up to CLN_SIZE",
    command: `perf record $QUIET -F 5000 -m 1 -z -e cpu-clock -o - -- sh -c "$SPIN" > $OUT`,
    newest: true,
  },
  {
    name: "perf_latency_new",
    holds: "SWITCH records for latencies; CPU_DOMAIN_INFO, E_MACHINE and CLN_SIZE sections",
    command: `perf record $QUIET -F 499 --latency -e cpu-clock -o $OUT -- sh -c "$SPIN"`,
    newest: true,
  },
  {
    name: "perf_schedstat_new",
    holds:
      "SCHEDSTAT_CPU and SCHEDSTAT_DOMAIN records of version 17, all 0, then counting up from 100",
    command: "perf sched stats record -o $OUT -- sh -c :",
    newest: true,
  },
];
