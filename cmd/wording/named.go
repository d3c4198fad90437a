package wording

import (
	"fmt"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/text"
)

// laterFact returns the line that says which names are not in the file that was read; nothing where all are.
func laterFact(p *profile.Profile) []text.Fact {
	l := p.Later
	if l == nil {
		return nil
	}
	where := "on this machine"
	if l.ByPath {
		where += ", by path, as the profile has no build-ids"
	}
	return []text.Fact{{Label: "names", Text: fmt.Sprintf("%s in %s were found now, %s: heapprof symbolize keeps them", LaterWords(l), SomeOf(l.Files), where)}}
}

// LaterWords returns what was found of so many frames.
func LaterWords(l *profile.Later) string {
	switch {
	case l.Named+l.Lined == 0:
		return "the beginnings of the functions of " + human.Counted(l.Parted, "place")
	case l.Lined == 0:
		return "functions of " + human.Counted(l.Named, "place")
	case l.Named == 0:
		return "lines of " + human.Counted(l.Lined, "place")
	}
	return fmt.Sprintf("functions of %s, and lines of %s more,", human.Counted(l.Named, "place"), human.Count(l.Lined))
}
