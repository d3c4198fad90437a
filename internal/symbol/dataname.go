package symbol

import "strings"

// nameOfVariable returns what a person calls the variable of a linker's name, and the function that it is in, empty
// where that does not tell. internal is set of what no source declares.
func (m *Module) nameOfVariable(symbol string) (name, in string, internal bool) {
	name = m.readable(symbol)
	if isMangled(symbol) && strings.Contains(name, " for ") {
		return name, "", true
	}
	return name, "", false
}
