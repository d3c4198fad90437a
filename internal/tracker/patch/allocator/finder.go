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

// Finder tells by their names which functions are those of the families, or the user's.
type Finder struct {
	table map[string]Known // by plain name
	// beginnings has true for the beginnings of names that Find knows, by their hash: for
	// most symbols it shows at once that Find does not know them.
	beginnings [1 << beginningBits]bool
	users      map[string]Known // by the name of the symbol
	readable   []readable
}

// readable is a function of the user's that may be named as people read it, demangled.
type readable struct {
	Known
	name  string   // without hashes
	words [][]byte // the symbol has at least one of them; with none, any symbol may be the function's
}

const beginningBits = 12

// beginning returns the hash of the beginning of a name, which has four bytes or more: the
// upper bits of a product, which names that differ in any byte mostly do not share.
func beginning(name []byte) uint32 {
	return binary.LittleEndian.Uint32(name) * 0x9e3779b1 >> (32 - beginningBits)
}

// familiesOnly returns the finder without functions of the user's.
var familiesOnly = sync.OnceValue(func() *Finder {
	f := &Finder{table: table()}
	for name := range f.table {
		f.add(name)
	}
	// The beginnings of the mangled names of which plainName makes names of the table.
	f.add("_RNvC")
	f.add("_ZN7")
	return f
})

func (f *Finder) add(name string) {
	for _, next := range []string{"\x00", "@", "."} { // what may be behind a name of three bytes
		f.beginnings[beginning([]byte(name+next))] = true
	}
}

// NewFinder returns the finder for the families and the user's functions.
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
		f.readable = append(f.readable, readable{k, name, wordsOf(name)})
	}
	return &f
}

// MayKnow reports, quickly, whether Find may know the name at an offset of a table of names.
func (f *Finder) MayKnow(names []byte, offset uint32) bool {
	if uint64(offset)+4 > uint64(len(names)) {
		return uint64(offset) < uint64(len(names))
	}
	name := names[offset:]
	return f.beginnings[beginning(name)] || len(f.readable) > 0 && isMangled(name)
}

// isMangled reports whether a name, of two bytes or more, is that of C++'s or Rust's.
func isMangled(name []byte) bool { return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R') }

// Find returns what is known of the function with a symbol's name.
func (f *Finder) Find(name []byte) (Known, bool) {
	if len(f.users) > 0 {
		unversioned, _, _ := bytes.Cut(name, []byte("@"))
		if k, ok := f.users[string(unversioned)]; ok {
			return k, true
		}
		for _, r := range f.readable {
			if len(name) > 2 && isMangled(name) && r.matches(unversioned) {
				return r.Known, true
			}
		}
	}
	k, ok := f.table[string(plainName(name))]
	return k, ok
}

// matches reports whether a symbol, demangled with or without parameters, has the
// function's name. Parts that a compiler split off from the function do not match.
func (r *readable) matches(symbol []byte) bool {
	inSymbol := func(word []byte) bool { return bytes.Contains(symbol, word) }
	if len(r.words) > 0 && !slices.ContainsFunc(r.words, inSymbol) {
		return false // to demangle every symbol of a large program takes a second
	}
	full := demangle.Filter(string(symbol))
	if full == r.name {
		return true
	}
	isPart := strings.Contains(full, "[clone ")
	return !isPart && demangle.Filter(string(symbol), demangle.NoParams) == r.name
}

// rustHash matches what nm -C prints of Rust's hashes, of a function or of a crate.
var rustHash = regexp.MustCompile(`::h[0-9a-f]{16}$|\[[0-9a-f]{6,16}\]`)

var word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// abbreviated are the words that a mangled name has in another form.
var abbreviated = map[string]bool{
	"void": true, "bool": true, "char": true, "short": true, "int": true, "long": true, "unsigned": true, "signed": true, "float": true,
	"double": true, "const": true, "std": true, "string": true, "allocator": true, "operator": true, "new": true, "delete": true, "anonymous": true, "namespace": true,
	"as": true, "dyn": true, "impl": true, "mut": true, "str": true, "u8": true, "usize": true, "closure": true,
}

// wordsOf returns the words of a demangled name that its mangled form has as well.
func wordsOf(name string) (words [][]byte) {
	for _, w := range word.FindAllString(name, -1) {
		if !abbreviated[w] && len(w) > 1 {
			words = append(words, []byte(w))
		}
	}
	return words
}
