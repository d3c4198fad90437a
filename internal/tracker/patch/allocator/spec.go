package allocator

import (
	"fmt"
	"strconv"
	"strings"

	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// Function is a function that the user names as one of an allocator.
type Function struct {
	Name string // as the symbol table has it, or demangled
	Call Call
}

// ParseAlloc reads what makes or resizes blocks: a name and, in parentheses, which
// argument is what, counted from 1:
//
//	pool_alloc(size=1)
//	pool_calloc(count=1,size=2)
//	pool_realloc(ptr=1,size=2)
//	pool_new(out=1,size=2,align=3)
//
// The arguments are size (bytes), count (of elements of size bytes), ptr (the block
// that is resized), align, and out (the address to which the block's address is
// written). Arguments of floating point are not counted; that of a C++ method's
// object is the first. The name is as nm or nm -C prints it, with parameters or without:
// Pool::alloc(unsigned long)(size=2).
func ParseAlloc(spec string) (Function, error) {
	f, err := parse(spec, "pool_alloc(size=1)")
	if err != nil {
		return f, err
	}
	if f.Call.Size == 0 {
		return f, fmt.Errorf("%q does not say which argument is the size: write for example %s(size=1)", spec, f.Name)
	}
	f.Call.Action = wire.ActionAlloc
	if f.Call.Pointer != 0 {
		f.Call.Action = wire.ActionRealloc
		if f.Call.Out != 0 {
			return f, fmt.Errorf("%q has both ptr and out, but a function that resizes a block returns it: leave one out", spec)
		}
	}
	return f, nil
}

// ParseFree reads what frees blocks, in the form of ParseAlloc: pool_free(ptr=1).
func ParseFree(spec string) (Function, error) {
	f, err := parse(spec, "pool_free(ptr=1)")
	if err != nil {
		return f, err
	}
	if f.Call.Pointer == 0 {
		return f, fmt.Errorf("%q does not say which argument is the block: write for example %s(ptr=1)", spec, f.Name)
	}
	if f.Call.Count != 0 || f.Call.Out != 0 {
		return f, fmt.Errorf("%q has more than what frees a block: write %s(ptr=%d)", spec, f.Name, f.Call.Pointer)
	}
	f.Call.Action, f.Call.Size = wire.ActionFree, 0 // of a block it is known
	return f, nil
}

func parse(spec, example string) (Function, error) {
	var f Function
	// The last parenthesis: a demangled name has some of its own.
	open := strings.LastIndexByte(spec, '(')
	if open < 0 || !strings.HasSuffix(spec, ")") {
		return f, fmt.Errorf("%q does not say what its arguments are: write it like %s", spec, example)
	}
	f.Name = strings.TrimSpace(spec[:open])
	if f.Name == "" {
		return f, fmt.Errorf("%q has no name before its arguments: write it like %s", spec, example)
	}
	arguments := map[string]*uint8{
		"size": &f.Call.Size, "count": &f.Call.Count, "ptr": &f.Call.Pointer, "align": &f.Call.Align, "out": &f.Call.Out,
	}
	if first, _, _ := strings.Cut(spec[open+1:len(spec)-1], ","); first != "" && !strings.Contains(spec[open:], "=") && arguments[strings.TrimSpace(first)] == nil {
		// The parentheses are the demangled name's.
		return f, fmt.Errorf("%q does not say what its arguments are: write it like %s%s", spec, spec, example[strings.IndexByte(example, '('):])
	}
	var taken [isa.LastArgument + 1]string
	for item := range strings.SplitSeq(spec[open+1:len(spec)-1], ",") {
		key, value, _ := strings.Cut(item, "=")
		key = strings.TrimSpace(key)
		argument, ok := arguments[key]
		if !ok {
			return f, fmt.Errorf("%q: no argument is called %q: there are size, count, ptr, align and out, as in %s", spec, key, example)
		}
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || n < 1 || n > isa.LastArgument {
			return f, fmt.Errorf("%q: %s must be the number of an argument, from 1 to %d, as in %s", spec, key, isa.LastArgument, example)
		}
		if *argument != 0 {
			return f, fmt.Errorf("%q has %s twice: leave one out", spec, key)
		}
		if taken[n] != "" {
			return f, fmt.Errorf("%q has argument %d as both %s and %s: count the arguments from 1", spec, n, taken[n], key)
		}
		taken[n] = key
		*argument = uint8(n)
	}
	return f, nil
}
