package allocator

import (
	"bytes"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/ianlancetaylor/demangle"
)

// finder tells which symbols are functions to hook: those of the families and the
// user's.
type Finder struct {
	table map[string]Known // by plain name
	// beginnings has true where a name of the table may begin like that: most symbols
	// are known by it not to be in the table.
	beginnings [1 << beginningBits]bool
	users      map[string]Known // by exact name
	encoded    []encoded
}

// encoded is a function of the user's, which may be named as people read it.
type encoded struct {
	Known
	name  string   // without hashes
	words [][]byte // one of which the symbol has in it as well; none: any symbol may be it
}

const beginningBits = 12

// beginning returns the place in beginnings of a name of four bytes or more: the upper
// bits of a product, so that names that differ in any byte are apart.
func beginning(name []byte) uint32 {
	return binary.LittleEndian.Uint32(name) * 0x9e3779b1 >> (32 - beginningBits)
}

// familiesOnly is the finder without functions of the user's.
var familiesOnly = sync.OnceValue(func() *Finder {
	f := &Finder{table: table()}
	for name := range f.table {
		f.add(name)
	}
	// What plainName takes for a name of the table.
	f.add("_RNvC")
	f.add("_ZN7")
	return f
})

func (f *Finder) add(name string) {
	for _, next := range []string{"\x00", "@", "."} { // what may be behind a name of three bytes
		f.beginnings[beginning([]byte(name+next))] = true
	}
}

// newFinder returns the finder for the families and the user's functions.
func NewFinder(users []Function) *Finder {
	if len(users) == 0 {
		return familiesOnly()
	}
	f := *familiesOnly()
	f.users = make(map[string]Known)
	for _, u := range users {
		k := Known{Family: UsersFamily, Call: u.Call, Users: u.Name}
		f.users[u.Name] = k
		if len(u.Name) < 3 { // too short to tell from others by a beginning
			for i := range f.beginnings {
				f.beginnings[i] = true
			}
			continue
		}
		f.add(u.Name)
		name := rustHash.ReplaceAllString(u.Name, "")
		f.encoded = append(f.encoded, encoded{k, name, wordsOf(name)})
	}
	return &f
}

// mayKnow is a quick answer to whether find may know the name at an offset of a table
// of names.
func (f *Finder) MayKnow(names []byte, offset uint32) bool {
	if uint64(offset)+4 > uint64(len(names)) {
		return uint64(offset) < uint64(len(names))
	}
	name := names[offset:]
	return f.beginnings[beginning(name)] || len(f.encoded) > 0 && isEncoded(name)
}

func isEncoded(name []byte) bool { return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R') }

// find returns what the function of a symbol's name is.
func (f *Finder) Find(name []byte) (Known, bool) {
	if len(f.users) > 0 {
		unversioned, _, _ := bytes.Cut(name, []byte("@"))
		if k, ok := f.users[string(unversioned)]; ok {
			return k, true
		}
		for _, e := range f.encoded {
			if len(name) > 2 && isEncoded(name) && e.matches(unversioned) {
				return e.Known, true
			}
		}
	}
	k, ok := f.table[string(plainName(name))]
	return k, ok
}

// matches reports whether a symbol is the function: by the demangled name with its
// parameters, or without; but not by a part of the function that a compiler split off.
func (e *encoded) matches(symbol []byte) bool {
	inSymbol := func(word []byte) bool { return bytes.Contains(symbol, word) }
	if len(e.words) > 0 && !slices.ContainsFunc(e.words, inSymbol) {
		return false // to demangle every symbol of a large program takes a second
	}
	full := demangle.Filter(string(symbol))
	if full == e.name {
		return true
	}
	isPart := strings.Contains(full, "[clone ")
	return !isPart && demangle.Filter(string(symbol), demangle.NoParams) == e.name
}

// rustHash is what nm -C prints of Rust's hashes, of a function or of a crate.
var rustHash = regexp.MustCompile(`::h[0-9a-f]{16}$|\[[0-9a-f]{6,16}\]`)

var word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// abbreviated are the words that a mangled name has in another form.
var abbreviated = map[string]bool{
	"void": true, "bool": true, "char": true, "short": true, "int": true, "long": true, "unsigned": true, "signed": true, "float": true,
	"double": true, "const": true, "std": true, "string": true, "allocator": true, "operator": true, "new": true, "delete": true, "anonymous": true, "namespace": true,
	"as": true, "dyn": true, "impl": true, "mut": true, "str": true, "u8": true, "usize": true, "closure": true,
}

// wordsOf returns the words of a demangled name that its mangled form has too.
func wordsOf(name string) (words [][]byte) {
	for _, w := range word.FindAllString(name, -1) {
		if !abbreviated[w] && len(w) > 1 {
			words = append(words, []byte(w))
		}
	}
	return words
}
