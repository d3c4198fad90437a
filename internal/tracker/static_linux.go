//go:build linux && (amd64 || arm64)

package tracker

import "debug/elf"

// staticBytes is the size of the writable data of all modules of the process:
// memory that is anonymous as soon as it is written to, and no block. A module
// whose file cannot be read counts as none.
func (p *process) staticBytes() uint64 {
	var sum uint64
	for _, m := range p.modules {
		file, err := elf.Open(m.path)
		if err != nil {
			continue
		}
		for _, segment := range file.Progs {
			if segment.Type == elf.PT_LOAD && segment.Flags&elf.PF_W != 0 {
				sum += segment.Memsz
			}
		}
		file.Close()
	}
	return sum
}
