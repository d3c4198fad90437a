// Package clone knows what compilers append to the name of a function when they copy it,
// split it or make it private to a file: malloc.part.0, grow.constprop.0.isra.0,
// free.llvm.1234. It imports nothing of ours, and nothing that is not small.
package clone

import (
	"bytes"
	"strings"
)

// suffix begins what a compiler appends.
type suffix struct {
	text  string
	whole bool // the function kept its arguments and all its code
}

// suffixes are gcc's, and the last LLVM's, of ThinLTO. A number may follow. What is appended
// last of several comes first.
var suffixes = [...]suffix{
	{".cold", false}, {".part.", false}, {".isra.", false}, {".constprop.", false},
	{".localalias", true}, {".lto_priv.", true}, {".llvm.", true},
}

// Original returns the name that people know the function by: without all that was
// appended.
func Original(name string) string {
	for _, s := range suffixes {
		if i := strings.Index(name, s.text); i > 0 {
			name = name[:i]
		}
	}
	return name
}

// OriginalOfWhole returns the name without what was appended to it where that says that the
// function takes the same arguments as the one that was written and does all that it does.
// What says otherwise stays.
func OriginalOfWhole(name []byte) []byte {
	if bytes.IndexByte(name, '.') <= 0 {
		return name
	}
	for _, s := range suffixes {
		if !s.whole {
			continue
		}
		if i := bytes.Index(name, []byte(s.text)); i > 0 && len(bytes.Trim(name[i+len(s.text):], "0123456789")) == 0 {
			name = name[:i]
		}
	}
	return name
}
