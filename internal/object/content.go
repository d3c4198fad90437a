package object

import (
	"debug/elf"
	"sync"
)

// Part returns size bytes of the file from offset on, nil where it has not so many.
func (f *File) Part(offset, size uint64) []byte {
	if offset > uint64(len(f.data)) || size > uint64(len(f.data))-offset {
		return nil
	}
	return f.data[offset : offset+size : offset+size]
}

// Segment returns the bytes of a segment that are in the file, nil where the file has not
// so many.
func (f *File) Segment(p *elf.Prog) []byte { return f.Part(p.Off, p.Filesz) }

// Raw returns the bytes of a section as they are in the file, perhaps compressed; nil where
// the section has none, or claims bytes that the file has not, or is nil.
func (f *File) Raw(s *elf.Section) []byte {
	if s == nil || s.Type == elf.SHT_NOBITS {
		return nil
	}
	return f.Part(s.Offset, s.FileSize)
}

// Plain returns what Raw does, but nil where it is compressed: of sections that linkers
// never compress.
func (f *File) Plain(s *elf.Section) []byte {
	if s == nil || s.Flags&elf.SHF_COMPRESSED != 0 {
		return nil
	}
	return f.Raw(s)
}

// Content returns the decompressed bytes of the section of that name, nil where there is
// none or it is damaged.
func (f *File) Content(name string) []byte {
	s := f.Section(name)
	raw := f.Raw(s)
	if raw == nil || s.Flags&elf.SHF_COMPRESSED == 0 {
		return raw
	}
	return f.once(name, func() ([]byte, error) { return inflate(raw) })
}

// DebugContent returns the decompressed bytes of the section ".debug_" + name, also where
// it has the older form ".zdebug_".
func (f *File) DebugContent(name string) []byte {
	if data := f.Content(".debug_" + name); data != nil {
		return data
	}
	old := ".zdebug_" + name
	raw := f.Raw(f.Section(old))
	if raw == nil {
		return nil
	}
	return f.once(old, func() ([]byte, error) { return inflateOld(raw) })
}

// once returns what decompress makes of the section of that name, nil where it
// fails. It does so once, and whoever asks meanwhile waits.
func (f *File) once(name string, decompress func() ([]byte, error)) []byte {
	f.mu.Lock()
	data, ok := f.inflated[name]
	if !ok {
		data = sync.OnceValue(func() []byte {
			data, err := decompress()
			if err != nil {
				return nil
			}
			return data
		})
		f.inflated[name] = data
	}
	f.mu.Unlock()
	return data()
}
