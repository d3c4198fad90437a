package patch

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// Refusal is a function that is not hooked.
type Refusal struct {
	Name    string   // of the symbol
	Aliases []string // other symbols of the same address
	Reason  string   // why, in words that follow its name
}

func (r Refusal) String() string { return r.Title() + ": " + r.Reason }

// Title returns all names of the function as people read them.
func (r Refusal) Title() string { return titleOf(append([]string{r.Name}, r.Aliases...)) }

func titleOf(symbols []string) string {
	names := make([]string, len(symbols))
	for i, symbol := range symbols {
		names[i] = demangle.Filter(symbol)
	}
	return strings.Join(names, " = ")
}

// title returns all names of the function as people read them.
func (t *target) title() string { return titleOf(t.names) }

func (t *target) refusal(reason string) Refusal { return Refusal{t.names[0], t.names[1:], reason} }
