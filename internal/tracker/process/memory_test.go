//go:build linux && (amd64 || arm64)

package process

import (
	"strings"
	"testing"

	"heapprof/internal/procfs"
)

func TestAnonymousMemoryOfVariablesAndStackIsNoHeap(t *testing.T) {
	const smaps = `560000000000-560000001000 r--p 00000000 fe:00 77 /bin/prog
Anonymous:             0 kB
560000002000-560000003000 rw-p 00002000 fe:00 77 /bin/prog
Rss:                   4 kB
Anonymous:             4 kB
VmFlags: rd wr mr mw me ac
560000003000-560000103000 rw-p 00000000 00:00 0
Anonymous:          1000 kB
560000103000-560000403000 rw-p 00000000 00:00 0 [heap]
Anonymous:          2000 kB
7f0000000000-7f0000003000 rw-p 00000000 00:00 0
Anonymous:            12 kB
7f0000004000-7f0000010000 rw-p 00000000 00:00 0
Anonymous:            48 kB
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]
Anonymous:            64 kB
`
	modules := []Addresses{
		{0x560000000000, 0x560000203000}, // its last 1 MiB begins what is called the heap
		{0x7f0000004000, 0x7f0000006000}, // behind its variables the kernel put what was mapped next to them
	}
	var use NotHeap
	err := procfs.ParseSmaps(strings.NewReader(smaps), func(m procfs.MappedMemory) { use.add(m.Mapping, m.Anonymous, modules) })
	want := NotHeap{Total: (4 + 1000 + 2000 + 12 + 48 + 64) << 10, Static: (4 + 1000 + 1024 + 8) << 10, Stack: 64 << 10}
	if err != nil || use != want {
		t.Errorf("%+v, %v; want %+v", use, err, want)
	}
}
