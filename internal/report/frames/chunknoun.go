package frames

import (
	"iter"
	"strings"

	"heapprof/internal/report/names"
)

// ChunkNoun returns what the innermost function of the frames that is named for an
// arena or a pool is named for: "arena", "pool", or "" without one.
func (t *Table) ChunkNoun(stack []uint32) string {
	for _, f := range stack {
		if noun := t.frames[f].chunks; noun != "" {
			return noun
		}
	}
	return ""
}

// chunkWords are the words in functions' names that tell an arena or a pool.
var chunkWords = map[string]string{
	"arena": "arena", "arenas": "arena", "bump": "arena", "bumpalo": "arena", "obstack": "arena", "monotonic": "arena",
	"pool": "pool", "pools": "pool", "mempool": "pool", "slab": "pool", "slabs": "pool",
}

// chunkFunctions are functions that get chunks though no word in their names says so.
var chunkFunctions = map[string]string{
	"Perl_more_bodies": "pool", "Perl_more_sv": "pool", "S_more_sv": "pool", // perl's values and their bodies
	"alloc_page": "pool", // gcc's collector
}

func chunkNoun(function string) string {
	name := names.Qualified(function)
	noun := chunkFunctions[name]
	for word := range words(name) {
		word = strings.ToLower(word)
		if word == "thread" || word == "threads" || word == "worker" {
			return "" // a thread pool is none of memory
		}
		if noun == "" {
			noun = chunkWords[word]
		}
	}
	return noun
}

// words splits a name at what is no letter of ASCII, and before capitals that
// follow small letters.
func words(name string) iter.Seq[string] {
	isUpper := func(c byte) bool { return 'A' <= c && c <= 'Z' }
	isLower := func(c byte) bool { return 'a' <= c && c <= 'z' }
	return func(yield func(string) bool) {
		start := 0
		for i := 0; i <= len(name); i++ {
			switch {
			case i == len(name) || !isUpper(name[i]) && !isLower(name[i]):
				if i > start && !yield(name[start:i]) {
					return
				}
				start = i + 1
			case i > start && isUpper(name[i]) && isLower(name[i-1]):
				if !yield(name[start:i]) {
					return
				}
				start = i
			}
		}
	}
}
