//go:build linux && amd64

package preload

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestPartsUnderSanitizers runs the tests in C of the tracker's parts, each of
// which says at its top what it holds its part to.
func TestPartsUnderSanitizers(t *testing.T) {
	ring := []string{"host.c", "ring.c", "sys.c", "text.c"}
	stack := append(slices.Clip(ring), "stack.c", "probe.c", "nodes.c", "rulecache.c")
	objects := append(slices.Clip(ring), "objects.c", "path.c")
	for _, test := range []struct {
		name    string
		sources []string
		args    []string
		want    string
	}{
		{name: "ring_events", sources: ring, want: "11 of 1\n21 22 of 3\n31 32 33 of 6\nof 6\n41 42 of 8\n"},
		{name: "ring_doorbell", sources: ring, want: "asleep: 8\nawake: 0\n"},
		{name: "ring_order", sources: ring, want: "in order\n"},
		{name: "ring_full", sources: ring, want: "full\nwaiting\nwritten\n"},
		{name: "ring_no_recorder", sources: ring, args: []string{"killed"}, want: "stopped\n"},
		{name: "ring_no_recorder", sources: ring, args: []string{"gone"}, want: "stopped\n"},
		{name: "sampled_set", sources: append(slices.Clip(ring), "sampled.c", "addresses.c"), want: "0 left\n0 left\n1 looks as if\n"},
		{name: "limit_sums", sources: append(slices.Clip(ring), "limit.c", "addresses.c", "mark.c", "copy.c", "shared.c"), want: "100000 bytes in 10000 blocks are let in, one more is not\nas many again\n0 bytes in 0 blocks\n900 of 1000 bytes\n"},
		{name: "core_calls", sources: core(t), want: coreCalls},
		{name: "front_malloc_absent", sources: append(slices.Clip(ring), "sampled.c", "addresses.c"), want: absent},
		{name: "probe_word", sources: []string{"probe.c"}, want: "5120\n6000\nrange\n5ff8\n6000\n7000\n"},
		{name: "objects_many", sources: objects, want: "6000 found\nno new ones\nplaces used again\n"},
		{name: "objects_no_memory", sources: objects, want: "all told of\n"},
		{name: "plan_many", sources: append(slices.Clip(objects), "plan.c", "mark.c", "copy.c"), want: "each known\n"},
		{name: "mark_places", sources: append(slices.Clip(ring), "mark.c", "copy.c", "shared.c"), want: "made, some of signals\n"},
		{name: "mark_exit", sources: append(slices.Clip(ring), "mark.c", "copy.c", "shared.c"), want: "1 answered\n1 answered without waiting\n0 asked without a clock\n0 answered by nobody, 0 left\n1 had no place\n"},
		{name: "copy_reads", sources: append(slices.Clip(ring), "copy.c"), want: "8191 bytes, from a to a\n0 bytes of none, wait -1\nlet go of the first: 1\nbeside a thread: 1\nof a child: 0\n"},
		{name: "mark_signal", sources: append(slices.Clip(ring), "mark.c", "copy.c", "shared.c"), want: "1, errno is 77\n2, read 1\n2 while blocked, 3 then\n5 where the clock must not be read, and none of others\n"},
		{name: "arch_calls", sources: []string{"sys.c", "text.c"}, want: callsAndFrames},
		{name: "bpf_forbids", sources: []string{"bpf.c", "sys.c", "text.c"}, want: forbidden},
		{name: "cfi_kinds", sources: []string{"cfi.c", "text.c"}, want: handWrittenRules},
		{name: "rulecache_places", sources: append(slices.Clip(ring), "rulecache.c"), want: "as learned, and gone\n"},
		{name: "calltree_known", sources: stack, want: "2 events\n2 events\n5 events\n"},
		{name: "calltree_grows", sources: stack, want: "each as asked for\n"},
		{name: "calltree_threads", sources: stack, want: "each as asked for\n"},
		{name: "calltree_full", sources: stack, want: "100 nodes\nfull, and not any more\n"},
		{name: "calltree_left", sources: stack, want: "1 event\n2 events\n"},
		{name: "calltree_modules", sources: stack, want: "gone, and back\n"},
		{name: "calltree_meanwhile", sources: stack, want: "all there\n"},
		{name: "known_turns", sources: stack, want: "0 rules, 0 nodes\neach word tells\nnone is looked at in vain\nmany are right\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			program := buildC(t, test.name, test.sources...)
			if got := runC(t, "", program, test.args...); got != test.want {
				t.Errorf("printed %q, want %q", got, test.want)
			}
		})
	}
}

// core returns the library's sources but for the fronts and the start.
func core(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("csrc/*.c")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	var sources []string
	for _, file := range files {
		if name := filepath.Base(file); name != "start.c" && !strings.HasPrefix(name, "front_") {
			sources = append(sources, name)
		}
	}
	return sources
}

// coreCalls has "still under way" nowhere: each call ended.
const coreCalls = `a block: allocated 24
none: refused 24
a death: freed
made by resizing: allocated 32
moved: to be resized, now 48
not moved: to be resized, failed refused 64
a layer: allocated 100
none of a layer: refused 116
at the second try: allocated 100 refused 100
none after that: refused 24
books: allocated 200 allocated 8
paused:
stopped:
`

// absent has no "still under way".
const absent = `malloc
calloc
realloc
reallocarray
reallocarray, too large
posix_memalign
aligned_alloc
memalign
valloc
pvalloc
free
`

const callsAndFrames = `"\xff\xd0": call
"\x41\xff\xd3": call
"\xff\x10": call
"\xff\x50\x18": call
"\xff\x54\x24\x08": call
"\xff\x15\x01\x02\x03\x04": call
"\xff\x90\x01\x02\x03\x04": call
"\xff\x14\xc5\x01\x02\x03\x04": call
"\xff\xe0": none
"\xff\x50": none
"\x48\x89\xc7": none
no start: -1
nothing: 0
room: 32
negative: 128
large: 1024
registers: 32
registers, with moves in between: 32
the nearest: 8
other order: 32
others before the frame pointer is set: 48
others before room is made: 32
a push before the frame pointer is set: -1
a new stack pointer: 8
`

// forbidden is by the numbers of enum sys_call.
const forbidden = `all allowed:
none allowed: all
no end: all
another processor's: all
a lie about mremap: mremap
by an argument: probing
by memory and a register: getpid
returned from the register: all
out of the data: all
`

const handWrittenRules = `plt: rsp+8 same
realigned: *rbp-8 *rbp+0
cfa_on_stack: *rsp+16 same
cfa_after_word: *rsp+8 +80 same
cfa_far_after_word: unsupported
cfa_before_word: unsupported
cfa_is_sum: rsp+40 same
word_of_word: unsupported
constant: unsupported
too_deep: unsupported
empty_stack: unsupported
unfinished: unsupported
outermost: end
handler: signal
like_a_handler: rsp+8 same
return_elsewhere: unsupported
return_in_register: unsupported
cfa_of_other: unsupported
fp_in_register: unsupported
fp_is_value: unsupported
fp_undefined: rsp+8 same
fp_same: rsp+8 same
fp_restored: rsp+8 same
fp_odd: unsupported
states: rsp+16 c-16
states_left: rsp+8 same
states_too_many: unsupported
states_too_few: unsupported
signed_cfa: rsp+16 same
negative_offset: rsp+8 c+16
arguments: rsp+24 same
unknown: unsupported
huge_offset: unsupported
plt, word pushed: rsp+16 same
without: none
below all: none
`
