/**
 * What a reader says of each input of `message_inputs.ts`, by its name: what is wrong and where, and
 * after the semicolon the cause and what to do. Ask of each that you add or change whether its cure
 * fits. An input that is added there needs its texts here.
 *
 * @module
 */

/** The texts by the name of the input. */
export const MESSAGE_TEXTS: Readonly<Record<string, readonly string[]>> = {
  "an empty file": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got 0 bytes; ' +
    "the file is empty: give a file that perf record wrote",
  ],
  "a file of three bytes": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got 3 bytes; ' +
    "give a file that perf record wrote",
  ],
  "a file of text": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got 31 30 0a ' +
    "31 30 30 30 2d; it is text: give a file that perf record wrote",
  ],
  "a file of zeros": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got 00 00 00 ' +
    "00 00 00 00 00; it may be bare trace, or its recorder was killed before it wrote the header: give a " +
    "file that perf record wrote",
  ],
  "a file of another kind": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got 7f 45 4c ' +
    "46 02 01 01 00; give a file that perf record wrote",
  ],
  "a file that is xz": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got xz data; ' +
    "unpack it first: xz -d FILE",
  ],
  "a file that is tar": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got tar data; ' +
    "unpack it first: tar -xf FILE",
  ],
  "a file that is tar, packed as gzip": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got tar data, ' +
    "packed as gzip; unpack it first: tar -xf FILE",
  ],
  "a file that is gzip, read by a reader that does not unpack": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got gzip data; ' +
    "unpack it first: gzip -d FILE",
  ],
  "a file that is gzip twice": [
    'Cannot decode perf_file_header at 0x0: expected the magic "PERFILE2", got gzip data, ' +
    "packed as gzip; it is packed more than once: unpack it by hand",
  ],
  "a stream that ends inside its gzip data": [
    "Cannot decode gzip data at 0x9: expected the rest of it, got the end of the packed " +
    "input at packed offset 0x1a; the packed input lacks its end: copy the whole file",
  ],
  "gzip data with a wrong checksum": [
    'Cannot decode gzip data at 0x9: expected sound data, got "incorrect data check" at ' +
    'packed offset 0x19; the packed input is damaged: compare it with the original; "gzip ' +
    '-t" tests it',
  ],
  "other bytes after gzip data": [
    "Cannot decode gzip data at 0x9: expected its end, got other bytes after it at packed " +
    "offset 0x1f; they are not read: remove them, or unpack the recording by hand",
  ],
  "a header that ends after 12 bytes": [
    "Cannot decode perf_file_header at 0x0: expected 16 bytes, got 12; the file lacks its " +
    "last 4 bytes or more: copy the whole file",
  ],
  "a header that ends after 40 bytes": [
    "Cannot decode perf_file_header at 0x0: expected 104 bytes, got 40; the file lacks its " +
    "last 64 bytes or more: copy the whole file",
  ],
  "a header of an unknown size": [
    "Cannot decode perf_file_header at 0x8: expected size 16, 72 or 104, got 71; it is " +
    "damaged there; compare it with the original, or record again",
  ],
  "records inside the header": [
    "Cannot decode perf_file_header at 0x28: expected data.offset >= 104, got 24; it is " +
    "damaged there; compare it with the original, or record again",
  ],
  "an old header of an unknown size of attributes": [
    "Cannot decode perf_file_header at 0x10: expected attr_size one of 80, 88, 96, 112, " +
    "120, got 81; it is damaged there; compare it with the original, or record again",
  ],
  "attributes that are too small": [
    "Cannot decode perf_file_header at 0x10: expected attr_size >= 80, got 79; the header " +
    "is damaged, so no event is known; compare it with the original",
  ],
  "ids at a damaged position": [
    "Cannot decode perf_file_attr.ids at 0x4000000000000: expected 8 bytes, got 0; its " +
    "position or its size is damaged; compare the file with the original",
  ],
  "attributes that a stream cannot go back to": [
    "Cannot decode perf_file_attr.ids at 0x198: expected 8 bytes, got 0; it stands after " +
    "the first record: give the file by its name",
  ],
  "a feature section that was cut off": [
    "Cannot decode feature section hostname at 0x118: expected 68 bytes, got 58; the file " +
    "lacks its last 10 bytes or more: copy the whole file",
  ],
  "a feature section that is larger than the cap": [
    "Cannot decode feature section hostname at 0x118: expected at most 32 bytes, got 68; it " +
    "is read with a larger maxFeatureSize",
  ],
  "a feature section that a stream has passed": [
    "Cannot decode feature section hostname at 0x100: expected bytes that are held, got " +
    "bytes that have passed; give the recording by its name, unpacked",
  ],
  "more events than the cap": [
    "Cannot decode perf_event_attr at 0x108: expected at most 1 events with 1048576 ids, " +
    "got more; its attributes are damaged, or it is read with larger maxEvents and " +
    "maxEventIds",
  ],
  "an attribute of 32 bytes": [
    "Cannot decode perf_event_attr at 0xb8: expected size >= 64, got size 32; it is damaged " +
    "there; compare it with the original, or record again",
  ],
  "a file that lacks a part of its records": [
    "Cannot decode PERF_RECORD_AUX at 0x100: expected 64 bytes, got 44; the file lacks its " +
    "last 20 bytes or more: copy the whole file",
  ],
  "a file that lacks all of its records": [
    "Cannot decode perf_file_attr at 0x70: expected 144 bytes, got 136; the file lacks its " +
    "last 8 bytes or more: copy the whole file",
    "Cannot decode data section at 0xf8: expected 8 bytes, got 0 bytes; the file lacks its " +
    "last 16 bytes or more: copy the whole file",
  ],
  "an unfinished file that ends before its records": [
    "Cannot decode perf_file_attr at 0x70: expected 144 bytes, got 136; the file lacks its " +
    "last 8 bytes or more: copy the whole file",
    "Cannot decode data section at 0xf8: expected records from 0x100, got 0 bytes; the file " +
    "lacks its last 8 bytes or more: copy the whole file",
  ],
  "an unfinished file that ends inside a record": [
    "Cannot decode PERF_RECORD_AUX at 0x100: expected 64 bytes, got 56; copy the whole " +
    "file, unless its recorder was killed there",
  ],
  "a stream that ends inside a record": [
    "Cannot decode PERF_RECORD_AUX at 0xb0: expected 64 bytes, got 56; copy the whole " +
    "stream, unless its recorder was killed there",
  ],
  "a stream that ends inside the header of a record": [
    "Cannot decode perf_event_header at 0xf0: expected 8 bytes, got 4; copy the whole " +
    "stream, unless its recorder was killed there",
  ],
  "a stream that ends inside a payload": [
    "Cannot decode payload of PERF_RECORD_AUXTRACE at 0xb0: expected 64 bytes, got 40; copy " +
    "the whole stream, unless its recorder was killed there",
  ],
  "a stream that ends after its header": [
    "Cannot decode records at 0x10: expected a record, got the end: no record follows the header; " +
    "copy the whole stream, unless its recorder was killed there",
  ],
  "a stream of text after its header": [
    "Cannot decode records at 0x10: expected a record, got text and the end; nothing was " +
    "recorded; the text may tell why: read it, and record again",
  ],
  "a stream that was cut inside a record before another recording": [
    "Cannot decode record at 0xb8: expected the rest of it, got the head of a second recording; " +
    "copy the whole stream, unless its recorder was killed there",
  ],
  "a payload that is read and was cut off": [
    "Cannot decode payload of PERF_RECORD_AUXTRACE at 0x100: expected 64 bytes, got 40; " +
    "copy the whole file, unless its recorder was killed there",
  ],
  "a data section that ends inside a record": [
    "Cannot decode PERF_RECORD_AUX at 0x100: expected 64 bytes, got 56; the file continues " +
    "after its data section, so its size, or data.size in the header, is wrong; compare it " +
    "with the original, or record again",
  ],
  "a file of a directory that ends inside a record": [
    "Cannot decode PERF_RECORD_AUX of data.0 at 0x0: expected 64 bytes, got 56; copy the " +
    "whole directory, unless its recorder was killed there",
  ],
  "a directory that lacks a file": [
    "Cannot decode records of data.0 at 0x0: expected the file, got none of that name; copy " +
    "the whole directory",
  ],
  "bytes that are no record": [
    "Cannot decode perf_event_header at 0xb0: expected a record, got 25 bytes that are none; the " +
    "stream is damaged there, or a program wrote into it; the records after these bytes are read, " +
    "what was there before is not known",
  ],
  "bytes that are no record, up to the end": [
    "Cannot decode perf_event_header at 0xb0: expected a record, got type 1818585088 and " +
    "size 8236; no record starts there: the file is damaged there, or something else was " +
    "written into it; compare it with the original, or record again",
  ],
  "a data section that ends inside what is no record": [
    "Cannot decode perf_event_header at 0x100: expected a record, got type 1818585088 and " +
    "size 8236; no record starts there: the file is damaged there, or something else was " +
    "written into it; compare it with the original, or record again",
  ],
  "a record of size 0": [
    "Cannot decode perf_event_header at 0x100: expected size >= 8, got size 0; no record " +
    "starts there: the file is damaged there, or something else was written into it; " +
    "compare it with the original, or record again",
  ],
  "a field that is not there": [
    "Cannot decode x at 0x1000: expected 4 more bytes, got 2; it is damaged there, or has a " +
    "layout that auxtail does not know; compare it with the original",
  ],
  "a record without its last field": [
    "Cannot decode PERF_RECORD_ITRACE_START at 0x108: expected 32 more bytes, got 4; it is " +
    "damaged there, or has a layout that auxtail does not know; compare it with the " +
    "original",
  ],
  "a record that is shorter than its trailer": [
    "Cannot decode PERF_RECORD_COMM at 0x108: expected 32 more bytes, got 16; it is damaged " +
    "there, or has a layout that auxtail does not know; compare it with the original",
  ],
  "a count that is too large": [
    "Cannot decode PERF_RECORD_ID_INDEX at 0x108: expected a count of at most 0, got 5; it " +
    "is damaged there; compare it with the original, or record again",
  ],
  "an update of an unknown kind": [
    "Cannot decode PERF_RECORD_EVENT_UPDATE at 0x118: expected an update of kind 0 to 3, " +
    "got 9; auxtail does not know this; it reads the rest of the file",
  ],
  "a sample of an unknown event": [
    "Cannot decode PERF_RECORD_SAMPLE at 0x1a0: expected a known event with the sample's " +
    "id, got none; without its event the sample cannot be decoded: the attributes that name " +
    "its id are missing or damaged",
  ],
  "a READ of an unknown event": [
    "Cannot decode PERF_RECORD_READ at 0x1a0: expected an event that wrote the record, got " +
    "none; without its event the record cannot be decoded: the attributes that name its id " +
    "are missing or damaged",
  ],
  "a stack with more valid bytes than it has": [
    "Cannot decode PERF_RECORD_SAMPLE at 0x120: expected at most 8 valid bytes of stack, " +
    "got 9; it is damaged there; compare it with the original, or record again",
  ],
  "AUXTRACE_INFO with words that are not there": [
    "Cannot decode PERF_RECORD_AUXTRACE_INFO at 0x128: expected 216 more bytes, got 0; " +
    "a perf that auxtail does not know wrote it, or it is damaged; the type is known all the same",
  ],
  "AUXTRACE_INFO of a newer CoreSight": [
    "Cannot decode PERF_RECORD_AUXTRACE_INFO at 0x118: expected CoreSight header version 0, " +
    "1 or 2, got 3; a perf that auxtail does not know wrote it, or it is damaged; the type is known all the same",
  ],
  "AUXTRACE_INFO of a trace unit that header version 0 does not have": [
    "Cannot decode PERF_RECORD_AUXTRACE_INFO at 0x138: expected an ETMv3 or ETMv4 in header " +
    "version 0, got 0x7; a perf that auxtail does not know wrote it, or it is damaged; the type is known all the same",
  ],
  "a compressed record without a decoder": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0x100: expected a zstd decoder, got none: give " +
    "a zstd decoder, the option `zstd`; without it nothing is known of what comes there and " +
    "after it",
  ],
  "a compressed record of a decoder that cannot be had": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0x100: expected a zstd decoder, got none (no " +
    "such library): give a zstd decoder, the option `zstd`; without it nothing is known of " +
    "what comes there and after it",
  ],
  "a compressed record that is damaged": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0x100: expected zstd data, got no zstd data; " +
    "it is damaged there; compare it with the original, or record again",
  ],
  "a compressed record that continues the zstd stream of another file": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0x100: expected zstd data, got no zstd data; no " +
    "zstd frame starts there: the record is damaged, or this is a later file of perf record " +
    "--switch-output -z, which cannot be decompressed without the first one; record again without -z",
  ],
  "a compressed record inside another": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0x100: expected no compressed record, got one " +
    "in another; it is damaged there; compare it with the original, or record again",
  ],
  "zstd data that decodes to nothing": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0x100: expected records, got 17 bytes of zstd " +
    "data without any; what was recorded there is lost; compare it with the original, or " +
    "record again",
  ],
  "a compressed record that is larger than the ring": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0x100: expected at most 135168 bytes " +
    "decompressed, got more; the rings have 4096 bytes (COMPRESSED.mmap_len), so perf did " +
    "not write it",
  ],
  "a compressed record that is larger than any ring": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0xb0: expected at most 67108864 bytes " +
    "decompressed, got more; no COMPRESSED section before it tells how large the rings are; " +
    "if they are larger than that, record with smaller ones (-m)",
  ],
  "more compressed records than the cap": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0xb0: expected at most 1000 bytes decompressed " +
    "in all, got more; raise maxDecompressedSize",
  ],
  "compressed records whose last block is not whole": [
    "Cannot decode PERF_RECORD_COMPRESSED at 0x100: expected whole zstd blocks, got one " +
    "whose end is in no later record; its recorder did not write the rest; what stands " +
    "before it is whole",
  ],
  "compressed records that end inside a record": [
    "Cannot decode record in compressed data at 0x120: expected the rest of it, got 20 " +
    "bytes and the end; its recorder did not write the rest; what stands before it is whole",
  ],
  "a stream whose compressed records end inside a record": [
    "Cannot decode record in compressed data at 0xb0: expected the rest of it, got 20 bytes " +
    "and the end; copy the whole stream, unless its recorder was killed there, or lost the end " +
    "itself, as perf record -z can",
  ],
  "a feature of another version": [
    "Cannot decode x at 0x1000: expected version 1, got version 2; auxtail does not know " +
    "this; it reads the rest of the file",
  ],
  "a bitmap of memory blocks that is too short": [
    "Cannot decode x at 0x1030: expected 24 more bytes, got 16; it is damaged there, or has " +
    "a layout that auxtail does not know; compare it with the original",
  ],
  "ids of an event that are not there": [
    "Cannot decode x at 0x1050: expected 72 more bytes, got 0; it is damaged there, or has " +
    "a layout that auxtail does not know; compare it with the original",
  ],
  "fewer events than announced": [
    "Cannot decode x at 0x1008: expected 216 more bytes, got 144; it is damaged there, or " +
    "has a layout that auxtail does not know; compare it with the original",
  ],
  "a build id of 21 bytes": [
    "Cannot decode x at 0x1020: expected a build id of at most 20 bytes, got 21; it is " +
    "damaged there; compare it with the original, or record again",
  ],
  "an entry of build ids that is too small": [
    "Cannot decode x at 0x1000: expected size >= 36, got size 12; it is damaged there; " +
    "compare it with the original, or record again",
  ],
  "an entry of build ids that goes over the end": [
    "Cannot decode x at 0x1008: expected 36 more bytes, got 0; it is damaged there, or has " +
    "a layout that auxtail does not know; compare it with the original",
  ],
  "a BPF program of a small description": [
    "Cannot decode x at 0x1014: expected size >= 80, got size 79; it is damaged there; " +
    "compare it with the original, or record again",
  ],
  "tracing data without its magic": [
    'Cannot decode x at 0x1000: expected "\\u0017\\bDtracing", got "tracing ab"; it is ' +
    "damaged there, or of another kind; compare it with the original",
  ],
  "tracing data with another title": [
    "Cannot decode x at 0x1014: expected header_page, got header_pace; it is damaged there; " +
    "compare it with the original, or record again",
  ],
  "tracing data that ends inside a title": [
    "Cannot decode x at 0x1014: expected 7 more bytes, got 6; it is damaged there, or has a " +
    "layout that auxtail does not know; compare it with the original",
  ],
  "a map of CPUs of an unknown type": [
    "Cannot decode x at 0x1000: expected type 0, 1 or 2, got type 3; auxtail does not know " +
    "this; it reads the rest of the file",
  ],
  "a list of CPUs that is too short": [
    "Cannot decode x at 0x1004: expected 6 more bytes, got 4; it is damaged there, or has a " +
    "layout that auxtail does not know; compare it with the original",
  ],
  "a mask of CPUs that is too short": [
    "Cannot decode x at 0x1006: expected 20 more bytes, got 16; it is damaged there, or has " +
    "a layout that auxtail does not know; compare it with the original",
  ],
  "a mask of words that no machine has": [
    "Cannot decode x at 0x1000: expected long_size 4 or 8, got 2; it is damaged there; " +
    "compare it with the original, or record again",
  ],
  "a mask with a CPU that no machine has": [
    "Cannot decode x at 0x1000: expected CPUs < 65536, got CPU 65536; it is damaged there; " +
    "compare it with the original, or record again",
  ],
  "a range of CPUs that goes back": [
    "Cannot decode x at 0x1000: expected 1 to 65536 CPUs, got 5 to 4; it is damaged there; " +
    "compare it with the original, or record again",
  ],
  "an AUX record that ends beyond 2^64": [
    "Cannot decode PERF_RECORD_AUX at 0x100: expected a position below 2^64, got an end " +
    "beyond it; the record is damaged, or perf did not write it; compare the file with the " +
    "original",
  ],
  "more queues than any machine has": [
    "Cannot decode AUX queue at 0x60100: expected at most 8192 queues, got more; no machine " +
    "has so many AUX buffers: the file is damaged; compare it with the original",
  ],
  "AUX data of compressed samples that is over the cap": [
    "Cannot decode AUX data of compressed samples at 0x198: expected at most 8 bytes, got " +
    "more; they do not fit into memory: record without -z, or read with a larger " +
    "maxHeldBytes",
  ],
  "a file that becomes shorter while its payload is read": [
    "Cannot decode AUX payload at 0x208: expected 8 bytes, got the end of the file; the " +
    "file became shorter while it was read: read it again",
  ],
  "a bare trace that becomes shorter while it is read": [
    "Cannot decode AUX payload at 0x0: expected 64 bytes, as at first, got the end of the " +
    "file; the file became shorter while it was read: read it again",
  ],
  "trace data of an unknown type": [
    "Cannot decode AUX payload at 0x0: expected a known type of trace, got unknown; extract " +
    "writes its bytes to files, for a decoder of its own",
  ],
  "a sound file, checked": [],
  "an unfinished file, checked": [
    "finalised error at 0x30: data.size is 0: the recorder did not finish, and perf refuses " +
    "the file; its recorder was killed, or stopped by the limit of 32 bits, which a replay " +
    "tells; auxtail reads the file all the same",
  ],
  "a section that was cut off, checked": [
    "header-sections error at 0x108: feature section hostname: 68 bytes at 0x118, of which " +
    "58 exist; bytes are missing at the end of the file: copy the whole file",
  ],
  "a section far after the end of the file, checked": [
    "header-sections error at 0x108: feature section hostname: 68 bytes at 0x200000000000, " +
    "of which 0 exist; the header is damaged there; compare the file with the original, or " +
    "record again",
  ],
  "sections that overlap, checked": [
    "header-sections error at 0x100: data starts before the end of feature section hostname " +
    "at 0x144; the header is damaged there; compare the file with the original, or record " +
    "again",
    "header-sections error at 0x108: feature table starts before the end of feature section " +
    "hostname at 0x144; the header is damaged there; compare the file with the original, or " +
    "record again",
    "features-decode error at 0x100: Cannot decode HEADER_HOSTNAME at 0x100: expected a " +
    "count of at most 64, got 68; it is damaged there; compare it with the original, or " +
    "record again",
  ],
  "attributes that are too small, checked": [
    "attrs error at 0x10: Cannot decode perf_file_header at 0x10: expected attr_size >= 80, " +
    "got 79; the header is damaged, so no event is known; compare it with the original",
    "attrs error at 0x70: there is no event; its attributes are missing or damaged, so " +
    "nothing tells what samples hold; compare it with the original",
  ],
  "a stream without an event, checked": [
    "attrs error at 0x10: there is no event; its attributes are missing or damaged, so " +
    "nothing tells what samples hold; compare it with the original",
  ],
  "a stream without a record, checked": [
    "data-whole error at 0x10: Cannot decode records at 0x10: expected a record, got the end: no " +
    "record follows the header; copy the whole stream, unless its recorder was killed there",
    "attrs error at 0x10: there is no event; its attributes are missing or damaged, so " +
    "nothing tells what samples hold; compare it with the original",
  ],
  "attributes that do not fill their section, checked": [
    "attrs error at 0x18: attrs: 280 bytes are not a multiple of attr_size, 144; the header " +
    "is damaged there; compare the file with the original, or record again",
  ],
  "events whose ids are in different places, checked": [
    "attrs warning at 0x108: records of event 1 do not have their id where event 0 has it; " +
    "its records can be taken for those of event 0; record with --sample-identifier",
  ],
  "a feature section that is damaged, checked": [
    "features-decode error at 0x11c: Cannot decode HEADER_NRCPUS at 0x11c: expected 4 more " +
    "bytes, got 0; it is damaged there, or has a layout that auxtail does not know; compare " +
    "it with the original",
  ],
  "a record that is too small, checked": [
    "record-structure error at 0x100: PERF_RECORD_AUX: expected at least 32 bytes, got 24; " +
    "perf skips such a record; it is damaged",
  ],
  "a record of the kernel that is no multiple of 8, checked": [
    "record-structure error at 0x100: PERF_RECORD_SWITCH: expected a multiple of 8 bytes, " +
    "got 44; the kernel writes none like it: the file is damaged there, or another program " +
    "wrote it; compare it with the original",
  ],
  "a record of perf that is no multiple of 8, checked": [
    "record-structure warning at 0x100: PERF_RECORD_CPU_MAP: expected a multiple of 8 " +
    "bytes, got 20; old versions of perf, and other recorders, write such records; auxtail " +
    "reads them, the perf of today may refuse the file",
  ],
  "a record that cannot be decoded, checked": [
    "record-decode error at 0x100: Cannot decode PERF_RECORD_ITRACE_START at 0x108: " +
    "expected 32 more bytes, got 16; it is damaged there, or has a layout that auxtail does " +
    "not know; compare it with the original",
  ],
  "an id of no event, checked": [
    "event-ids warning at 0x198: PERF_RECORD_SWITCH: its id belongs to no event; the " +
    "attributes that name it are missing or damaged, so the record is left undecoded",
  ],
  "a stream that was cut, checked": [
    "data-whole error at 0xb0: Cannot decode PERF_RECORD_AUX at 0xb0: expected 64 bytes, " +
    "got 56; copy the whole stream, unless its recorder was killed there",
  ],
  "text after a stream, checked": [
    "data-whole warning at 0xb8: 6 bytes of text follow the last record; something else " +
    "wrote to the same file, as a shell does; all before it is whole",
  ],
  "text between the records of a stream, checked": [
    'data-whole error at 0xb8: 6 bytes of text between two records: "hello\\n"; perf ' +
    "stops there, auxtail continues after it; record with -o FILE, or send the program's " +
    "output to standard error",
  ],
  "zeros between the records of a stream, checked": [
    "data-whole error at 0xb8: Cannot decode perf_event_header at 0xb8: expected a record, got " +
    "3 zero bytes between two records; the stream is damaged there, or a program wrote into it; " +
    "the records after these bytes are read, what was there before is not known",
  ],
  "a second recording in one stream, checked": [
    "second-recording error at 0xb8: a second recording starts at 0xb8; this answer is " +
    "about the first one; split them: head -c 184 FILE > FIRST, tail -c +185 FILE > SECOND",
  ],
  "a stream that was cut before a second recording, checked": [
    "record-decode error at 0xb0: Cannot decode PERF_RECORD_SWITCH at 0xb8: expected 32 more " +
    "bytes, got 16; it is damaged there, or has a layout that auxtail does not know; compare it " +
    "with the original",
    "data-whole error at 0xb8: Cannot decode record at 0xb8: expected the rest of it, got the " +
    "head of a second recording; copy the whole stream, unless its recorder was killed there",
    "second-recording error at 0xb8: a second recording starts at 0xb8; this answer is about the " +
    "first one; split them: head -c 184 FILE > FIRST, tail -c +185 FILE > SECOND",
  ],
  "AUXTRACE_INFO of an unknown layout, checked": [
    "record-decode warning at 0x100: Cannot decode PERF_RECORD_AUXTRACE_INFO at 0x118: " +
    "expected CoreSight header version 0, 1 or 2, got 3; a perf that auxtail does not know " +
    "wrote it, or it is damaged; the type is known all the same",
  ],
  "a record that comes a round too late, checked": [
    "time-order warning at 0x170: PERF_RECORD_SWITCH: time 9 ns is before 10 ns, the end of " +
    "a past round; perf delivers it late, and counts it as out of order; positions in AUX " +
    "buffers, and tails, do not depend on times",
  ],
  "time that goes back inside a ring, once, checked": [
    "time-order warning at 0x128: time goes back inside a ring once, by 4 ns; first at a " +
    "PERF_RECORD_SWITCH of CPU 0; an interrupt that writes while a record is being written " +
    "makes it so, by microseconds; more is a clock that jumped, or damage. Read such " +
    "records in order of time",
  ],
  "compressed records that perf cannot read, checked": [
    "compression error at 0xb0: 1 of 1 PERF_RECORD_COMPRESSED2 have a size or data_size " +
    "that does not fit, as perf 6.16 to 7.1 write them with --aio, or for more than 64 KiB " +
    "at once: perf cannot read this file, auxtail can; for a file that perf reads, record " +
    "with perf 7.2 or newer, or without -z",
  ],
  "AUX data without AUXTRACE_INFO, checked": [
    "record-structure error at 0x100: AUX data without a PERF_RECORD_AUXTRACE_INFO that can " +
    "be read: nothing tells what kind of trace it is, and perf does not decode it; that " +
    "record is damaged or missing; compare the file with the original, or record again",
  ],
  "AUX data of a PMU that perf does not know, checked": [
    "record-structure warning at 0x100: AUX data without a PERF_RECORD_AUXTRACE_INFO that can " +
    "be read: nothing tells what kind of trace it is, and perf does not decode it; auxtail " +
    "record writes none for a PMU that perf does not know; perf reads the file with --no-itrace",
  ],
  "an AUXTRACE record that is not in the index, checked": [
    "index-matches-records error at 0x100: PERF_RECORD_AUXTRACE is not in the index; perf " +
    "finds the trace by this index; auxtail reads the records, and does not need it",
  ],
  "an entry of the index with another size, checked": [
    "index-matches-records error at 0x168: index entry 0: expected size 48, that of the " +
    "record at 0x100, got 40; perf finds the trace by this index; auxtail reads the " +
    "records, and does not need it",
  ],
  "an entry of the index without a record, checked": [
    "index-matches-records error at 0x120: index entry 0: no PERF_RECORD_AUXTRACE is next " +
    "at 0x40; perf finds the trace by this index; auxtail reads the records, and does not " +
    "need it",
  ],
  "an index that announces more than it holds, checked": [
    "index-matches-records error at 0x118: the index announces 3 entries, of which 0 are " +
    "there; perf finds the trace by this index; auxtail reads the records, and does not " +
    "need it",
  ],
  "an index that a stream does not hold, checked": [
    "index-matches-records warning at 0x118: the index is not compared: it comes last, " +
    "and is too long to be held; give the file by its name",
  ],
  "flags and records of losses, checked": [
    "aux-loss warning at 0x198: PERF_RECORD_AUX: TRUNCATED, PARTIAL at aux_offset 0x0, " +
    "aux_size 8; The AUX buffer was full. Record with a larger one (-m ,N with a larger N), " +
    "or trace less. The trace has gaps because a KVM guest ran, or VMX was on. Trace the " +
    "guest from inside, or on a CPU that allows tracing in VMX.",
    "aux-loss warning at 0x210: PERF_RECORD_LOST: 1 event was lost; The data buffer was " +
    "full, so records are lacking. Record with a larger one (-m N).",
    "aux-loss warning at 0x248: PERF_RECORD_LOST_SAMPLES: 2 samples were lost; The data " +
    "buffer was full, the PMU overflowed, or a BPF filter dropped them. Sample less often, " +
    "or record with a larger data buffer (-m N).",
    'aux-loss warning at 0x278: PERF_RECORD_AUXTRACE_ERROR: code 8, "data lost", CPU 0, ' +
    "pid 1, tid 2, ip 0x40; perf could not decode the trace here when it wrote this file " +
    "(perf inject). The trace is in the recording that the file was made from: look there " +
    "what is lost.",
  ],
  "an AUXTRACE_ERROR record that is cut, checked": [
    "record-structure error at 0x100: PERF_RECORD_AUXTRACE_ERROR: expected at least 49 " +
    "bytes, got 24; perf skips such a record; it is damaged",
    "aux-loss warning at 0x100: PERF_RECORD_AUXTRACE_ERROR: a record that cannot be " +
    "decoded; perf could not decode the trace here when it wrote this file (perf inject). " +
    "The trace is in the recording that the file was made from: look there what is lost.",
  ],
  "a queue that fell silent, checked": [
    "aux-loss warning at 0x198: PERF_RECORD_AUX: TRUNCATED at aux_offset 0x0, aux_size 8; " +
    "The AUX buffer was full. Record with a larger one (-m ,N with a larger N), or trace " +
    "less.",
    "aux-loss warning at 0x198: queue 0 (CPU 0): no AUX record follows this TRUNCATED one: " +
    "the kernel stopped the queue; The kernel stopped tracing after a full AUX buffer and " +
    "did not start again. Kernels before 6.16 do so at times: use a newer one, or a larger " +
    "AUX buffer (-m ,N with a larger N), so that it never gets full.",
  ],
  "chunks that do not follow on each other, checked": [
    "chunk-continuity warning at 0x138: queue 0 (CPU 0): gap from 0x8 to 0x10; No chunk " +
    "holds these bytes: the recorder did not write them, or they were removed.",
    "chunk-continuity warning at 0x170: queue 0 (CPU 0): regression from 0x18 to 0x0; " +
    "Positions go back, so some bytes are there twice or belong to another run. Do not join " +
    "the chunks across this place.",
  ],
  "announced bytes that are missing, checked": [
    "payload-present warning at 0x198: queue 0 (CPU 0): announced and missing: 0x20 to " +
    "0x40; If the file is a copy or an excerpt, look for the bytes in the original; else " +
    "its recorder did not write them.",
  ],
  "a queue without a chunk, checked": [
    "payload-present error at 0x198: CPU 0: AUX records announce 64 bytes, and no chunk " +
    "holds any; If the file is a copy or an excerpt, look for the bytes in the original; " +
    "else its recorder did not write them.",
  ],
  "bytes that no AUX record announces, checked": [
    "payload-announced warning at 0x198: queue 0 (CPU 0): no AUX record announces 56 of 64 " +
    "bytes; An AUX record may have been lost, and its flags with it: whether the kernel " +
    "lost trace there is not known. Record with a larger data buffer (-m N).",
  ],
  "trace that there is no decoder for, checked": [
    "payload-decoded warning at 0x100: no decoder for unknown; nothing is wrong with the " +
    "recording; auxtail extract writes the bytes for another decoder",
  ],
  "a position beyond 2^64, checked": [
    "chunk-continuity error at 0x100: Cannot decode PERF_RECORD_AUX at 0x100: expected a " +
    "position below 2^64, got an end beyond it; the record is damaged, or perf did not " +
    "write it; compare the file with the original",
    "payload-present warning at 0x100: queue 0 (CPU 0): announced and missing: " +
    "0xfffffffffffffff0 to 0xffffffffffffffff; If the file is a copy or an excerpt, look " +
    "for the bytes in the original; else its recorder did not write them.",
    "payload-announced warning at 0x100: queue 0 (CPU 0): no AUX record announces 8 of 8 " +
    "bytes; An AUX record may have been lost, and its flags with it: whether the kernel " +
    "lost trace there is not known. Record with a larger data buffer (-m N).",
  ],
  "more queues than any machine has, checked": [
    "chunk-continuity warning at 0x60100: Cannot decode AUX queue at 0x60100: expected at " +
    "most 8192 queues, got more; no machine has so many AUX buffers: the file is damaged; " +
    "compare it with the original",
  ],
};
