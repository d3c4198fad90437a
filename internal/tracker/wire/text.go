package wire

// Module is a file that the process has mapped to run.
type Module struct {
	Number     uint16 // by which a Node names it
	Bypasses   bool   // it allocates past the tracker library
	Start, End uint64 // its addresses, the end not included
	Bias       uint64 // what is added to an address in the file
	BuildID    string // its bytes
	Path       string
	Words      uint64 // of the event
}

// moduleLen returns how many words a KindModule says that it has.
func (w *Words) moduleLen(i uint64) uint64 { return w.at(i) >> 16 & 0xffffffff }

// maxModuleText is more bytes than a path and a build-id have.
const maxModuleText = 2 * 4096

// Module decodes a KindModule, of which up to end words have been written. It reports false for one that
// makes no sense.
func (w *Words) Module(i, end uint64) (Module, bool) {
	const bypasses = 1 << kindBits
	first, sizes := w.at(i), w.at(i+4)
	words, idBytes, pathBytes := w.moduleLen(i), sizes&0xffffffff, sizes>>32
	if words < moduleWords || words > end-i || idBytes+pathBytes > (words-moduleWords)*8 || idBytes+pathBytes > maxModuleText {
		return Module{}, false
	}
	text := w.text(i+moduleWords, idBytes+pathBytes)
	return Module{
		Number: uint16(first >> 48), Bypasses: first&bypasses != 0,
		Start: w.at(i + 1), End: w.at(i + 2), Bias: w.at(i + 3),
		BuildID: text[:idBytes], Path: text[idBytes:],
		Words: words,
	}, true
}

// Code is a function of Python's, which nodes name by its number.
type Code struct {
	Number     uint32
	Name, File string
	Words      uint64 // of the event
}

// IsCode reports whether a KindModule is of a Code.
func (w *Words) IsCode(i uint64) bool { return w.at(i)>>kindBits&ModuleCode != 0 }

// Code decodes a KindModule that is of a Code, of which up to end words have been written. It reports false for one
// that makes no sense.
func (w *Words) Code(i, end uint64) (Code, bool) {
	number, sizes := w.at(i+1), w.at(i+2)
	words, nameBytes, fileBytes := w.moduleLen(i), sizes&0xffffffff, sizes>>32
	if words < codeWords || words > end-i || number >= PythonCodes || nameBytes+fileBytes > (words-codeWords)*8 || nameBytes+fileBytes > maxModuleText {
		return Code{}, false
	}
	text := w.text(i+codeWords, nameBytes+fileBytes)
	return Code{Number: uint32(number), Name: text[:nameBytes], File: text[nameBytes:], Words: words}, true
}

// Exec is another program that is about to begin, in this process or in a child that shares
// its memory until then. It has not begun if the next such event in the ring says that it has failed.
type Exec struct {
	Stamp   uint64
	Failed  bool   // the one before has not begun
	Own     bool   // it replaces the process's own program
	Library bool   // its environment names the tracker library to the loader,
	Memory  bool   // and to the library where the memory is
	Path    string // as the call had it
	Words   uint64 // of the event
}

// The flags of an Exec.
const (
	execFailed  = 1
	execOwn     = 2
	execLibrary = 4
	execMemory  = 8
)

// forkLen returns how many words a KindFork has, a Fork or an Exec.
func (w *Words) forkLen(i uint64) uint64 {
	if w.Fork(i).Number != 0 {
		return ForkWords
	}
	return execWords + (w.at(i+1)>>48+7)/8
}

// Exec decodes a KindFork whose number is 0, of which up to end words have been written. It
// reports false for one that makes no sense.
func (w *Words) Exec(i, end uint64) (Exec, bool) {
	what := w.at(i + 1)
	flags, bytes := what>>32&0xffff, what>>48
	words := w.forkLen(i)
	if words > end-i {
		return Exec{}, false
	}
	return Exec{
		Stamp:  w.at(i) >> kindBits,
		Failed: flags&execFailed != 0, Own: flags&execOwn != 0, Library: flags&execLibrary != 0, Memory: flags&execMemory != 0,
		Path:  w.text(i+execWords, bytes),
		Words: words,
	}, true
}

// text returns so many bytes from word i on, the first in its lowest bits.
func (w *Words) text(i, bytes uint64) string {
	text := make([]byte, bytes)
	for b := range text {
		text[b] = byte(w.at(i+uint64(b/8)) >> (8 * (b % 8)))
	}
	return string(text)
}
