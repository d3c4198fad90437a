package symbol

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// instanceOf returns what the source calls a function of Rust, shortened where it is longer
// than anybody reads. It is empty where that tells no more than the function's readable name:
// neither an argument of a generic function, nor which of several closures or async blocks it
// is.
func instanceOf(source, readable string) string {
	if source == readable || !strings.Contains(source, "<") && !strings.Contains(strings.ReplaceAll(source, "{impl#", ""), "{") {
		return ""
	}
	return elided(source, maxName)
}

// maxElided is how deep the brackets are that elided tells apart. Names of 16,000 bytes, which
// futures and parsers of many layers have, nest 40.
const maxElided = 64

// elisionLength is the length in bytes of what elision returns, at most.
const elisionLength = len("…#01234567")

// elided returns a name of Rust's source with … for what is in its innermost brackets, from the
// depth on that makes it at most limit bytes long. What is left can be taken apart like any
// other name. After … there is a hash of what was there, so that two names that differ still do.
// It is empty where nothing of the kind makes the name short enough.
func elided(source string, limit int) string {
	if len(source) <= limit {
		return source
	}
	var bytes, brackets [maxElided + 1]int // at each depth: bytes there, and how many brackets open there
	eachDepth(source, func(_, depth int, opens bool) {
		bytes[min(depth, maxElided)]++
		if opens {
			brackets[min(depth, maxElided)]++
		}
	})
	keep := -1 // the greatest depth that is kept
	for depth, length := 0, 0; depth < maxElided; depth++ {
		if length += bytes[depth]; length+brackets[depth]*elisionLength <= limit {
			keep = depth
		}
	}
	if keep < 0 {
		return ""
	}
	var out strings.Builder
	from := -1 // where the brackets begin that are being left out
	eachDepth(source, func(i, depth int, _ bool) {
		switch {
		case depth > keep && from < 0:
			from = i
		case depth <= keep && from >= 0:
			out.WriteString(elision(source[from:i]))
			from = -1
		}
		if from < 0 {
			out.WriteByte(source[i])
		}
	})
	if from >= 0 { // a bracket is never closed
		out.WriteString(elision(source[from:]))
	}
	return out.String()
}

// elision returns what stands for a part of a name that is left out: the part itself where
// that is no longer.
func elision(part string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(part))
	mark := fmt.Sprintf("…#%08x", h.Sum32())
	if len(part) <= len(mark) {
		return part
	}
	return mark
}

// eachDepth yields the place of each byte of a name, in how many brackets it is, and whether it
// opens one. Brackets are at the depth of what is around them; the > of -> is none.
func eachDepth(name string, yield func(i, depth int, opens bool)) {
	depth := 0
	for i := range len(name) {
		switch name[i] {
		case '<', '(', '[':
			yield(i, depth, true)
			depth++
			continue
		case '>', ')', ']':
			if depth > 0 && (name[i] != '>' || name[i-1] != '-') {
				depth--
			}
		}
		yield(i, depth, false)
	}
}
