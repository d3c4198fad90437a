package allocator

import (
	"fmt"
	"strconv"
	"strings"

	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/wire"
)

// weightKinds are what a weight may be called that is half a word.
var weightKinds = map[string]wire.Weight{"": wire.WeightLong, "int": wire.WeightInt, "unsigned": wire.WeightUnsigned}

// ParseEvent reads which function's calls are counted: its name, and in parentheses which
// argument is the weight of a call, counted from 1:
//
//	parse
//	write(weight=3)
//	draw(int, Shape const&)(weight=1:int)
//
// Without one each call weighs 1. An argument is a word; int and unsigned say that it is half of
// one. Arguments of floating point are not counted, and cannot be weights.
func ParseEvent(spec string) (Function, error) {
	f := Function{Name: strings.TrimSpace(spec), Call: Call{Action: wire.ActionCount}}
	open := strings.LastIndexByte(spec, '(')
	if open >= 0 && strings.HasSuffix(f.Name, ")") && strings.Contains(spec[open:], "=") {
		f.Name = strings.TrimSpace(spec[:open])
		item := strings.TrimSuffix(strings.TrimSpace(spec[open+1:]), ")")
		key, value, _ := strings.Cut(item, "=")
		number, kind, _ := strings.Cut(value, ":")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		weight, ok := weightKinds[strings.TrimSpace(kind)]
		switch {
		case strings.TrimSpace(key) != "weight":
			return f, fmt.Errorf("%q: only the weight of a call can be given, as in write(weight=3)", spec)
		case err != nil || n < 1 || n > isa.LastArgument:
			return f, fmt.Errorf("%q: weight must be the number of an argument, from 1 to %d, as in write(weight=3); those of floating point do not count, and cannot be weights", spec, isa.LastArgument)
		case !ok:
			return f, fmt.Errorf("%q: a weight is a word, or int or unsigned, as in draw(weight=2:int)", spec)
		}
		f.Call.Size, f.Call.Weight = uint8(n), weight
	}
	if f.Name == "" {
		return f, fmt.Errorf("%q names no function: write it like parse, or write(weight=3)", spec)
	}
	return f, nil
}
