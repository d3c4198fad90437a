//go:build linux && (amd64 || arm64)

package attach

import (
	"debug/elf"
	"os"
)

// function returns the address of a function that the module exports; 0: it exports none of that name. It is found as the loader finds
// it, in memory: the file need not be there any more.
func (m *module) function(memory *os.File, name string) uint64 {
	symbols, names := m.address(memory, elf.DT_SYMTAB), m.address(memory, elf.DT_STRTAB)
	if m.dynamic == 0 || symbols == 0 || names == 0 {
		return 0
	}
	found := uint64(0)
	m.eachNumber(memory, name, func(number uint32) bool {
		var s elf.Sym64
		if structure(memory, symbols+uint64(number)*elf.Sym64Size, &s) != nil {
			return false
		}
		kind := elf.ST_TYPE(s.Info)
		if s.Shndx == uint16(elf.SHN_UNDEF) || kind != elf.STT_FUNC || text(memory, names+uint64(s.Name)) != name {
			return true
		}
		found = m.bias + s.Value
		return false
	})
	return found
}

// eachNumber calls visit with the numbers of the symbols that may have a name, until it returns false: by the tables of hashes that there
// are (System V ABI, "Hash Table"; DT_GNU_HASH is GNU's).
func (m *module) eachNumber(memory *os.File, name string, visit func(uint32) bool) {
	if at := m.address(memory, elf.DT_GNU_HASH); at != 0 {
		m.eachByGNU(memory, at, name, visit)
	} else if at := m.address(memory, elf.DT_HASH); at != 0 {
		m.eachBySystemV(memory, at, name, visit)
	}
}

func half(memory *os.File, at uint64) (uint32, bool) {
	var w uint32
	err := structure(memory, at, &w)
	return w, err == nil
}

func (m *module) eachByGNU(memory *os.File, at uint64, name string, visit func(uint32) bool) {
	h := uint32(5381)
	for _, c := range []byte(name) {
		h = h*33 + uint32(c)
	}
	var head struct{ Buckets, First, Bloom, Shift uint32 }
	if structure(memory, at, &head) != nil || head.Buckets == 0 {
		return
	}
	buckets := at + 16 + 8*uint64(head.Bloom)
	chains := buckets + 4*uint64(head.Buckets)
	number, ok := half(memory, buckets+4*uint64(h%head.Buckets))
	for ok && number >= head.First {
		var hash uint32
		if hash, ok = half(memory, chains+4*uint64(number-head.First)); !ok {
			return
		}
		if hash|1 == h|1 && !visit(number) || hash&1 == 1 {
			return
		}
		number++
	}
}

func (m *module) eachBySystemV(memory *os.File, at uint64, name string, visit func(uint32) bool) {
	h := uint32(0)
	for _, c := range []byte(name) {
		h = h<<4 + uint32(c)
		h ^= h >> 24 & 0xf0
		h &= 0x0fffffff
	}
	var head struct{ Buckets, Chains uint32 }
	if structure(memory, at, &head) != nil || head.Buckets == 0 {
		return
	}
	number, ok := half(memory, at+8+4*uint64(h%head.Buckets))
	for n := uint32(0); ok && number != 0 && n < head.Chains && visit(number); n++ {
		number, ok = half(memory, at+8+4*uint64(head.Buckets)+4*uint64(number))
	}
}

// libc returns the addresses of two functions of the process's C library: which module that is, is told by them.
func (i *image) libc(memory *os.File) (iterate, errnoAt uint64) {
	for n := range i.modules {
		m := &i.modules[n]
		if iterate = m.function(memory, "dl_iterate_phdr"); iterate == 0 {
			continue
		}
		if errnoAt = m.function(memory, "__errno_location"); errnoAt != 0 {
			return iterate, errnoAt
		}
	}
	return 0, 0
}
