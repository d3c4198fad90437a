package testkit

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

// BigFiles are the formats of which WriteBigFile makes files.
func BigFiles() []string {
	return []string{"dhat", "pprof", "pprof-sampled", "heaptrack", "jemalloc", "gperftools", "memray", "massif"}
}

// WriteBigFile writes a file of at least size bytes in one of the formats of BigFiles, the same bytes for the same size: the most
// that a reader has to keep of so many bytes, as no stack is there twice. Neighbouring stacks share their outer frames, as siblings in a call
// tree do, and are some 30 frames deep.
func WriteBigFile(w io.Writer, format string, size int) error {
	if format == "dhat" {
		return WriteBigProfile(w, size)
	}
	b := &bigFile{
		countingWriter: countingWriter{w: bufio.NewWriterSize(w, 1<<20)}, size: size,
		rng: rand.New(rand.NewPCG(1, 2)), stack: []int{0}, deepest: bigDepth,
	}
	switch format {
	case "pprof":
		b.pprof(0)
	case "pprof-sampled":
		b.pprof(512 << 10)
	case "heaptrack":
		b.heaptrack()
	case "jemalloc":
		b.jemalloc()
	case "gperftools":
		b.gperftools()
	case "memray":
		b.memray()
	case "massif":
		b.massif()
	default:
		return fmt.Errorf("no big file of %s", format)
	}
	return b.w.Flush()
}

const (
	bigDepth  = 30   // frames of a stack
	bigFrames = 5000 // places in code
	bigBase   = 0x7f3a10000000
)

type bigFile struct {
	countingWriter
	size    int
	rng     *rand.Rand
	stack   []int // outermost first
	shared  int   // how many frames of stack the one before had, too
	deepest int
	number  int // of the stack
}

// next makes the next stack. Its two innermost frames tell its number, so that no other is the same.
func (b *bigFile) next() {
	b.shared = 1 + b.rng.IntN(max(1, len(b.stack)-2))
	b.stack = b.stack[:min(b.shared, len(b.stack))]
	for len(b.stack) < b.deepest-2 {
		b.stack = append(b.stack, b.rng.IntN(bigFrames))
	}
	b.stack = append(b.stack, b.number/bigFrames%bigFrames, b.number%bigFrames)
	b.number++
}

// blocks returns how many blocks a stack has allocated, and their bytes.
func (b *bigFile) blocks() (blocks, bytes uint64) {
	blocks = 1 + b.rng.Uint64N(1<<b.rng.IntN(14))
	return blocks, blocks * (8 + b.rng.Uint64N(200))
}

func (b *bigFile) more() bool { return b.n < b.size }

func (b *bigFile) field(number uint64, content []byte) {
	b.Write(binary.AppendUvarint(binary.AppendUvarint(nil, number<<3|2), uint64(len(content))))
	b.Write(content)
}

// numbers returns numbers, each of them as a field, if it is not 0: numbered from 1 on.
func numbers(all ...uint64) (message []byte) {
	for i, n := range all {
		if n != 0 {
			message = binary.AppendUvarint(binary.AppendUvarint(message, uint64(i+1)<<3), n)
		}
	}
	return message
}

// pprof writes a profile that is exact, or sampled every so many bytes.
func (b *bigFile) pprof(period uint64) {
	const strings = 6 // before those of functions
	for i := range uint64(4) {
		b.field(1, numbers(1+i, 5+i%2))
	}
	var packed, message []byte
	for b.next(); b.more(); b.next() {
		packed = packed[:0]
		for i := len(b.stack) - 1; i >= 0; i-- {
			packed = binary.AppendUvarint(packed, uint64(b.stack[i]+1))
		}
		message = append(binary.AppendUvarint(append(message[:0], 1<<3|2), uint64(len(packed))), packed...)
		blocks, bytes := b.blocks()
		if period > 0 { // some samples of one of the sizes that Go has
			size := uint64(16) << b.rng.IntN(10)
			blocks = (1 + b.rng.Uint64N(8)) * period / size
			bytes = blocks * size
		}
		packed = packed[:0]
		for _, v := range [...]uint64{blocks, bytes, blocks / 2, bytes / 2} {
			packed = binary.AppendUvarint(packed, v)
		}
		message = append(binary.AppendUvarint(append(message, 2<<3|2), uint64(len(packed))), packed...)
		b.field(2, message)
	}
	for i := range uint64(bigFrames) {
		line := numbers(i+1, i%3000+1)
		message := numbers(i+1, 0, bigBase+i*64)
		message = append(binary.AppendUvarint(append(message, 4<<3|2), uint64(len(line))), line...)
		b.field(4, message)
		b.field(5, numbers(i+1, strings+1+i, 0, strings+1+bigFrames+i%97))
	}
	for _, s := range [...]string{"", "alloc_objects", "alloc_space", "inuse_objects", "inuse_space", "count", "bytes"} {
		b.field(6, []byte(s))
	}
	for i := range bigFrames {
		b.field(6, fmt.Appendf(nil, "project.module%d.Function%d", i%97, i))
	}
	for i := range 97 {
		b.field(6, fmt.Appendf(nil, "/src/project/module%d/file.go", i))
	}
	if period > 0 {
		b.field(11, numbers(2, 6))
		b.Write(binary.AppendUvarint([]byte{12 << 3}, period))
	}
}

func (b *bigFile) heaptrack() {
	fmt.Fprint(b, "v 10400 3\nX ./big --input some.file\nI 1000 5e23a1\ns 7 ./a.big\n")
	for i := range bigFrames {
		name := fmt.Sprintf("project::module%d::function%d()", i%97, i)
		fmt.Fprintf(b, "s %x %s\ni %x 1 %x\n", len(name), name, bigBase+i*64, 2+i)
	}
	calls := make([]int, bigDepth) // the number of each call of the stack
	last := 0
	for b.next(); b.more(); b.next() {
		for i := b.shared; i < len(b.stack); i++ {
			last++
			caller := 0
			if i > 0 {
				caller = calls[i-1]
			}
			fmt.Fprintf(b, "t %x %x\n", b.stack[i]+1, caller)
			calls[i] = last
		}
		fmt.Fprintf(b, "a %x %x\n+ %x\n", 8+b.rng.IntN(200), last, b.number-1)
		if b.number%3 == 0 {
			fmt.Fprintf(b, "- %x\n", b.number-1)
		}
	}
}

// addresses writes the stack as addresses.
func (b *bigFile) addresses() {
	var text []byte
	for i := len(b.stack) - 1; i >= 0; i-- {
		text = fmt.Appendf(text, " 0x%x", bigBase+b.stack[i]*64)
	}
	b.Write(append(text, '\n'))
}

// mappings writes where the code is.
func (b *bigFile) mappings() {
	fmt.Fprintf(b, "\nMAPPED_LIBRARIES:\n%x-%x r-xp 00000000 fe:00 1234 /usr/bin/big\n", bigBase, bigBase+1<<20)
}

func (b *bigFile) jemalloc() {
	fmt.Fprint(b, "heap_v2/524288\n  t*: 0: 0 [0: 0]\n")
	for b.next(); b.more(); b.next() {
		fmt.Fprint(b, "@")
		b.addresses()
		blocks, bytes := b.blocks()
		fmt.Fprintf(b, "  t*: %d: %d [0: 0]\n  t0: %d: %d [0: 0]\n", blocks, bytes, blocks, bytes)
	}
	b.mappings()
}

func (b *bigFile) gperftools() {
	fmt.Fprint(b, "heap profile: 0: 0 [0: 0] @ heapprofile\n")
	for b.next(); b.more(); b.next() {
		blocks, bytes := b.blocks()
		fmt.Fprintf(b, "%6d: %8d [%6d: %8d] @", blocks/2, bytes/2, blocks, bytes)
		b.addresses()
	}
	b.mappings()
}

func (b *bigFile) memray() {
	fmt.Fprint(b, "allocator,num_allocations,size,tid,thread_name,stack_trace\n")
	var text []byte
	for b.next(); b.more(); b.next() {
		blocks, bytes := b.blocks()
		text = fmt.Appendf(text[:0], "MALLOC,%d,%d,1,MainThread (0x1),", blocks, bytes)
		for i := len(b.stack) - 1; i >= 0; i-- {
			text = fmt.Appendf(text, "f%d;m%d.py;%d|", b.stack[i], b.stack[i]%97, b.stack[i]%3000+1)
		}
		b.Write(append(text[:len(text)-1], '\n'))
	}
}

// massif writes a peak whose tree has as many leaves as fit.
func (b *bigFile) massif() {
	const each, branches, depth = 16, 3, 8 // bytes of a leaf
	lines, leaves := 0, 1
	for range depth {
		lines += leaves
		leaves *= branches
	}
	leaves /= branches
	const line = 95 // bytes
	trees := max(1, b.size/(lines*line))
	total := trees * leaves * each
	fmt.Fprintf(b, "desc: --massif-out-file=m.out\ncmd: ./big\ntime_unit: i\n#-----------\nsnapshot=0\n#-----------\ntime=1000\nmem_heap_B=%d\nmem_heap_extra_B=0\nmem_stacks_B=0\n"+
		"heap_tree=peak\nn%d: %d (heap allocation functions) malloc/new/new[], --alloc-fns, etc.\n", total, trees, total)
	var node func(level, place, leaves int)
	node = func(level, place, leaves int) {
		below := branches
		if leaves == 1 {
			below = 0
		}
		place %= bigFrames
		fmt.Fprintf(b, "%sn%d: %d 0x%x: project::module%d::Container<int>::function%d(int) (file%d.cc:%d)\n", strings.Repeat(" ", level), below, leaves*each, bigBase+place*64, place%97, place, place%97, place%3000+1)
		for i := range below {
			node(level+1, place*7+i+1, leaves/branches)
		}
	}
	for i := range trees {
		node(1, i, leaves)
	}
}
