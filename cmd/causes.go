package cmd

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
)

// allCauses words several causes of one thing.
func allCauses(causes []profile.Cause) string {
	words := make([]string, len(causes))
	for i, c := range causes {
		words[i] = causeWords(c)
	}
	return strings.Join(words, "; ")
}

// plainCauses are the causes that have no evidence.
var plainCauses = map[profile.CauseCode]string{
	profile.EndedBefore:     "the program ended before it could be done",
	profile.FileChanged:     "the file has changed since it was loaded, or something else has patched it",
	profile.NoMemoryNear:    "the system gives no memory near it that code can be in",
	profile.CodeProtected:   "the system does not let its code be changed",
	profile.ShadowStack:     "it runs with a shadow stack",
	profile.MappedUnusually: "it is mapped in an unusual way",
	profile.CodeNotReadOnly: "its code can be written to, or cannot be read",
	profile.CodeRelocated:   "the loader changes its code after it is mapped",
	profile.NoRoomNear:      "there is no room near it for the code of its hooks",
	profile.CodeUnknown:     "their code is not known",
}

// causeWords words a cause: as what follows a colon, or the name of the thing.
func causeWords(c profile.Cause) string {
	if words, ok := plainCauses[c.Code]; ok {
		return words
	}
	switch c.Code {
	case profile.InWords, profile.NotRead:
		return c.Detail
	}
	// A later heapprof wrote it.
	words := string(c.Code)
	if len(c.Names) > 0 {
		words += " " + strings.Join(c.Names, ", ")
	}
	if c.Detail != "" {
		words += fmt.Sprintf(" (%s)", c.Detail)
	}
	return words
}
