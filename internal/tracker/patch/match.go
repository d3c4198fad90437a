package patch

import (
	"regexp"
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// matcher returns a function that finds which of the user's functions a symbol is: by
// the symbol's name, or by the demangled one, with its parameters or without.
func matcher(users []Function) func(symbol string) (Function, bool) {
	exact := make(map[string]Function)
	type readable struct {
		Function
		part string // what the encoding has in plain text as well
	}
	var encoded []readable
	for _, f := range users {
		exact[f.Name] = f
		if strings.Contains(f.Name, "::") || strings.Contains(f.Name, "(") {
			encoded = append(encoded, readable{f, firstWord.FindString(f.Name)})
		}
	}
	return func(symbol string) (Function, bool) {
		symbol, _, _ = strings.Cut(symbol, "@")
		if f, ok := exact[symbol]; ok {
			return f, true
		}
		for _, f := range encoded {
			if !strings.HasPrefix(symbol, "_Z") && !strings.HasPrefix(symbol, "_R") || !strings.Contains(symbol, f.part) {
				continue // to demangle every symbol of a large program takes a second
			}
			if f.Name == demangle.Filter(symbol) || f.Name == demangle.Filter(symbol, demangle.NoParams) {
				return f.Function, true
			}
		}
		return Function{}, false
	}
}

var firstWord = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)
