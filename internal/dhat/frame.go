package dhat

import (
	"strconv"
	"strings"

	"heapprof/internal/profile"
)

// unknownFunction is what valgrind, dhat-rs and heapprof write for a function
// that nothing names.
const unknownFunction = "???"

// ParseFrame parses an entry of the frame table. It returns the frame without its module,
// and the path of the executable or library that the entry names, which it does only where
// no source file is known. The strings share the memory of s. The forms are
//
//	0x1093DE: build (p.c:8)              valgrind, line known
//	0x55a2: words::main (src/main.rs:17:26)   dhat-rs, with a column
//	0x48417B4: malloc (in /lib/libc.so)  no line, but the file of the code
//	0x1000: ???                          nothing known
//	[root]                               no address: a word of the format's own
//
// Function names may hold spaces, colons and parentheses, and so may file names. So the
// location is the last parenthesis group that follows a space and either starts with "in "
// or ends in a line number; whatever is no location belongs to the function. ParseFrame
// parses what FormatFrame makes of a frame into the same frame, if the names in it do not
// themselves look like the end of a location.
func ParseFrame(s string) (f profile.Frame, module string) {
	f.Addr, s = cutAddr(s)
	if open := locationStart(s); open >= 0 {
		var ok bool
		if module, ok = setLocation(&f, s[open+len(" ("):len(s)-1]); ok {
			s = s[:open]
		}
	}
	if s != unknownFunction {
		f.Function = s
	}
	return f, module
}

// cutAddr returns the address in "0xADDR: " at the start of s, and the rest of s; 0 and s
// where there is none.
func cutAddr(s string) (addr uint64, rest string) {
	hex, ok := strings.CutPrefix(s, "0x")
	if !ok {
		return 0, s
	}
	hex, rest, ok = strings.Cut(hex, ": ")
	if !ok {
		return 0, s
	}
	addr, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return 0, s
	}
	return addr, rest
}

// locationStart returns the index of the " (" that opens the parenthesis group
// at the end of s, or -1. Where parentheses are unbalanced, as a file name may
// leave them, it is the last " (".
func locationStart(s string) int {
	if !strings.HasSuffix(s, ")") {
		return -1
	}
	depth := 0
	for i := len(s) - 1; i > 0; i-- {
		switch s[i] {
		case ')':
			depth++
		case '(':
			depth--
		}
		if depth == 0 {
			if s[i-1] == ' ' {
				return i - 1
			}
			break
		}
	}
	return strings.LastIndex(s, " (")
}

// setLocation sets the file, line and column of f from s, which stood between parentheses,
// or returns the path of the module that s names. ok is false, and f unchanged, if s is
// neither.
func setLocation(f *profile.Frame, s string) (module string, ok bool) {
	if module, ok := strings.CutPrefix(s, "in "); ok && module != "" {
		return module, true
	}
	file, last, ok := cutNumber(s)
	if !ok {
		return "", false
	}
	f.File, f.Line = file, last
	if file, line, ok := cutNumber(file); ok {
		f.File, f.Line, f.Column = file, line, last
	}
	return "", true
}

// cutNumber returns the number in ":N" at the end of s, and s without that. ok is false
// where s has no such end, or nothing before it.
func cutNumber(s string) (rest string, n int, ok bool) {
	i := len(s)
	for i > 0 && '0' <= s[i-1] && s[i-1] <= '9' {
		i--
	}
	// Nine digits are more than any line number, and fit an int everywhere.
	if i < 2 || i == len(s) || len(s)-i > 9 || s[i-1] != ':' {
		return s, 0, false
	}
	for _, c := range []byte(s[i:]) {
		n = n*10 + int(c-'0')
	}
	return s[:i-1], n, true
}

// FormatFrame returns the text of a frame in the frame table. It has the form of
// valgrind's, which DHAT's viewer and Firefox Profiler understand. A file without a line
// gets line 0, since Firefox Profiler drops a location without a number. The frame's module
// stands there only where no source file is known.
func FormatFrame(f *profile.Frame) string {
	module := ""
	if f.Module != nil {
		module = f.Module.Path
	}
	b := make([]byte, 0, len(f.Function)+len(f.File)+len(module)+48)
	// A name that starts like an address would be read as one.
	if _, rest := cutAddr(f.Function); f.Addr != 0 || rest != f.Function {
		b = append(b, "0x"...)
		b = strconv.AppendUint(b, f.Addr, 16)
		b = append(b, ": "...)
	}
	if f.Function == "" {
		b = append(b, unknownFunction...)
	} else {
		b = append(b, f.Function...)
	}
	switch {
	case f.File != "":
		b = append(b, " ("...)
		b = append(b, f.File...)
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(f.Line), 10)
		if f.Column != 0 {
			b = append(b, ':')
			b = strconv.AppendInt(b, int64(f.Column), 10)
		}
		b = append(b, ')')
	case module != "":
		b = append(b, " (in "...)
		b = append(b, module...)
		b = append(b, ')')
	}
	return string(b)
}
